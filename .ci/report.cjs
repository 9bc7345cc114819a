// Looks at pages in headless Chromium: node report.cjs FILE.html... See .ci/report.

const fs = require("fs");
const os = require("os");
const path = require("path");
const puppeteer = require("puppeteer-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// The elements that a page is made of.
const elements = new Set(("html head meta title style body a header main section div h1 h2 h3 p strong br span dl dt dd table thead tbody "
  + "tr th td code pre ul li svg desc defs pattern rect line text").split(" "));

function check(what, isRight, seen) {
  if (!isRight) {
    throw new Error(`${what}: ${JSON.stringify(seen)}`);
  }
}

/// The contrast of each text of a chart with the page behind it.
function contrasts() {
  const rgb = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);
  const luminance = (color) => rgb(color).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll("svg text")].map((text) => {
    const one = luminance(getComputedStyle(text).fill);
    return (Math.max(one, page) + 0.05) / (Math.min(one, page) + 0.05);
  });
}

async function look(browser, file) {
  const page = await browser.newPage();
  const url = `file://${file}`;
  const requests = [], messages = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  page.on("dialog", (dialog) => messages.push(dialog.message()));
  await page.goto(url);
  const names = await page.evaluate(() => [...new Set([...document.querySelectorAll("*")].map((one) => one.localName))]);
  check("elements", names.every((name) => elements.has(name)), names.filter((name) => !elements.has(name)));
  const handlers = await page.evaluate(() => [...document.querySelectorAll("*")]
    .flatMap((one) => [...one.attributes]).map((one) => one.name).filter((name) => name.startsWith("on") || name === "style" || name === "src"));
  check("attributes", handlers.length === 0, handlers);
  check("requests", requests.every((one) => one === url || one.startsWith(`${url}#`)) && messages.length === 0, { requests, messages });

  // With the policy by-passed for axe alone.
  await page.setBypassCSP(true);
  for (const scheme of ["light", "dark"]) {
    for (const width of [1200, 360]) {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto(url);
      await page.evaluate(axe);
      const found = await page.evaluate((rules) => window.axe.run({ runOnly: rules, resultTypes: ["violations"] }), rules);
      check(`axe, ${scheme}, ${width} px`, found.violations.length === 0, found.violations.map((one) => [one.id, one.nodes[0].html]));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(`overflow, ${scheme}, ${width} px`, over === 0, over);
      const low = (await page.evaluate(contrasts)).filter((ratio) => ratio < 4.5);
      check(`contrast of charts, ${scheme}`, low.length === 0, low);
    }
  }
  await page.emulateMediaFeatures([]);
  const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: true, outline: true })).toString("latin1");
  check("a tagged PDF", pdf.includes("/StructTreeRoot") && pdf.includes("/Outlines"), pdf.length);
  check("requests", requests.every((one) => one.startsWith(url)) && messages.length === 0, { requests, messages });
  await page.close();
}

/// A script that is put into the page does not run.
async function inject(browser, file) {
  const hurt = path.join(os.tmpdir(), `injected-${process.pid}.html`);
  const text = fs.readFileSync(file, "utf8");
  fs.writeFileSync(hurt, text.replace("</main>", '<script>document.title = "hurt"</script><img src="http://127.0.0.1:9/x"></main>'));
  const page = await browser.newPage();
  const reached = [];
  page.on("requestfinished", (request) => reached.push(request.url()));
  await page.goto(`file://${hurt}`);
  check("the policy", (await page.title()) !== "hurt" && !reached.some((one) => one.startsWith("http")), reached);
  await page.close();
  fs.unlinkSync(hurt);
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
  try {
    const files = process.argv.slice(2).map((file) => path.resolve(file));
    await inject(browser, files[0]);
    for (const file of files) {
      try {
        await look(browser, file);
      } catch (error) {
        throw new Error(`${path.basename(file)}: ${error.message}`);
      }
    }
    console.log(`${files.length} pages: 0 violations in light and dark at 1200 and 360 px, no overflow, no request, no script`);
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
