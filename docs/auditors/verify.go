// Verifies a sealed directory of tracing-audit with golang.org/x/mod/sumdb/{note,tlog} alone.
//
//	go run verify.go DIRECTORY LOG.vkey [FILE.tlog-proof…]
//
// LOG.vkey is the key that the auditor trusts, kept outside the directory. Checked are the chain of keys, the
// signatures and the order of the seals, the bytes of each sealed file, the root over all lines, the
// signature of the checkpoint, each checkpoint that stands in the log itself, and that all of these are
// consistent. Lines that are not sealed yet are counted. The first thing that is wrong ends the program with
// status 1.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Printf("WRONG: "+format+"\n", args...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err, "reading")
	return data
}

// An epoch has a key, and the tree from which on the key signs.
type epoch struct {
	verifier note.Verifier
	size     int64
	root     tlog.Hash
	seal     string // the SHA-256 of the newest seal then
}

type checkpoint struct {
	what string
	size int64
	root tlog.Hash
}

type seal struct {
	file        string
	bytes       int64
	sha256      string
	isWhole     bool
	base        int64
	start, end  int64
	root        tlog.Hash
	prev, self  string
	frontier    []tlog.Hash
	consistency tlog.TreeProof
	epoch       int
}

// Hashes of subtrees, by tlog's index.
type hashes map[int64]tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var list []tlog.Hash
	for _, index := range indexes {
		hash, ok := h[index]
		if !ok {
			level, n := tlog.SplitStoredHashIndex(index)
			return nil, fmt.Errorf("the subtree %d of level %d was pruned", n, level)
		}
		list = append(list, hash)
	}
	return list, nil
}

var (
	epochs []epoch
	// Trees that were signed; the root of each must be that of the lines.
	signed []checkpoint
)

func verifier(text string) note.Verifier {
	v, err := note.NewVerifier(text)
	must(err, "the key "+text)
	return v
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		fail("%q is no number", text)
	}
	return n
}

func hash(text string) tlog.Hash {
	h, err := tlog.ParseHash(text)
	must(err, "the hash "+text)
	return h
}

// A signed text that is a sequence of lines `KEY VALUE`; keys may repeat.
func lines(text, head string) map[string][]string {
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if all[0] != head {
		fail("%q is not %q", all[0], head)
	}
	values := make(map[string][]string)
	for _, line := range all[1:] {
		parts := strings.SplitN(line, " ", 2)
		if len(parts) != 2 {
			fail("the line %q", line)
		}
		values[parts[0]] = append(values[parts[0]], parts[1])
	}
	return values
}

func one(values map[string][]string, key string) string {
	if len(values[key]) != 1 {
		fail("the key `%s` is there %d times", key, len(values[key]))
	}
	return values[key][0]
}

// Opens a note that one of the epochs' keys has signed, and returns which.
func open(data []byte, what string) (string, int) {
	var list []note.Verifier
	for _, e := range epochs {
		list = append(list, e.verifier)
	}
	n, err := note.Open(data, note.VerifierList(list...))
	must(err, what)
	for i, e := range epochs {
		if n.Sigs[0].Name == e.verifier.Name() && n.Sigs[0].Hash == e.verifier.KeyHash() {
			return n.Text, i
		}
	}
	panic("not reached")
}

// A key signs trees from its certificate up to the next one's.
func inEpoch(size int64, e int, what string) {
	if size < epochs[e].size || e+1 < len(epochs) && size > epochs[e+1].size {
		fail("%s: the key of epoch %d may not sign a tree of %d leaves", what, e+1, size)
	}
}

func parseCheckpoint(text, what string) checkpoint {
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + text[strings.Index(text, "\n")+1:]))
	must(err, what)
	return checkpoint{what, tree.N, tree.Hash}
}

func readKeys(dir, pinned string) {
	if !bytes.Equal(read(dir+"/seal/log.vkey"), read(pinned)) {
		fail("seal/log.vkey is not the key that is trusted")
	}
	first := verifier(strings.TrimSuffix(string(read(pinned)), "\n"))
	epochs = append(epochs, epoch{verifier: first})
	names, err := filepath.Glob(dir + "/seal/key-*.vkey")
	must(err, "listing")
	for i := range names {
		n := i + 2
		name := fmt.Sprintf("seal/key-%06d.vkey", n)
		data := read(dir + "/" + name)
		if bytes.Contains(data, []byte("\nrestarted ")) {
			fail("%s: the key before it was lost, and so this one must be trusted by itself", name)
		}
		text, by := open(data, name)
		if by != n-2 {
			fail("%s is not signed by the key before it", name)
		}
		values := lines(text, "audit-key/v1")
		key := verifier(one(values, "key"))
		if one(values, "epoch") != strconv.Itoa(n) || one(values, "origin") != first.Name() || key.Name() != first.Name() {
			fail("%s is of another epoch or log", name)
		}
		e := epoch{key, number(one(values, "size")), hash(one(values, "root")), one(values, "seal")}
		if e.size < epochs[n-2].size {
			fail("%s: the tree has shrunk", name)
		}
		epochs = append(epochs, e)
		signed = append(signed, checkpoint{name, e.size, e.root})
	}
	fmt.Printf("keys: %d, origin %s\n", len(epochs), first.Name())
}

func readSeal(dir, path string) seal {
	data := read(path)
	name := filepath.Base(path)
	text, by := open(data, name)
	values := lines(text, "audit-seal/v1")
	if one(values, "origin") != epochs[0].verifier.Name() {
		fail("%s is of another log", name)
	}
	sum := sha256.Sum256(data)
	s := seal{
		file: one(values, "file"), bytes: number(one(values, "bytes")), base: number(one(values, "base")),
		root: hash(one(values, "root")), prev: one(values, "prev"), self: hex.EncodeToString(sum[:]), epoch: by,
	}
	if strings.TrimSuffix(s.file, ".log")+".seal" != name {
		fail("%s is the seal of %s", name, s.file)
	}
	s.isWhole = len(values["SHA256"]) == 1
	digest := values["SHA256"]
	if !s.isWhole {
		digest = values["SHA256-PREFIX"]
	}
	prefix := "(" + s.file + ") = "
	if len(digest) != 1 || !strings.HasPrefix(digest[0], prefix) {
		fail("%s has no SHA-256", name)
	}
	s.sha256 = strings.TrimPrefix(digest[0], prefix)
	numbers := strings.Split(one(values, "range"), " ")
	s.start, s.end = number(numbers[0])-s.base, number(numbers[1])-s.base
	for _, text := range values["frontier"] {
		s.frontier = append(s.frontier, hash(text))
	}
	for _, text := range values["consistency"] {
		s.consistency = append(s.consistency, hash(text))
	}
	inEpoch(s.end, by, name)
	signed = append(signed, checkpoint{name, s.end, s.root})
	return s
}

// Returns the seals in the order of their trees, each of which names the one before.
func readSeals(dir string) []seal {
	paths, err := filepath.Glob(dir + "/seal/*.seal")
	must(err, "listing")
	by := make(map[string]seal)
	for _, path := range paths {
		s := readSeal(dir, path)
		if _, ok := by[s.prev]; ok {
			fail("two seals follow %s", s.prev)
		}
		by[s.prev] = s
	}
	var ordered []seal
	prev, size, root := "none", int64(0), tlog.Hash(sha256.Sum256(nil))
	known := map[string]bool{"none": true}
	for s, ok := by[prev]; ok; s, ok = by[prev] {
		if s.start != size {
			fail("the seal of %s begins with leaf %d, not %d", s.file, s.start, size)
		}
		if size > 0 && s.end > size {
			must(tlog.CheckTree(s.consistency, s.end, s.root, size, root), "the consistency of "+s.file)
		}
		ordered = append(ordered, s)
		prev, size, root = s.self, s.end, s.root
		known[s.self] = true
	}
	if len(ordered) != len(by) {
		fail("%d of %d seals follow one another: one is missing", len(ordered), len(by))
	}
	for i, e := range epochs[1:] {
		if !known[e.seal] {
			fail("the seal that the certificate of key %d names is missing", i+2)
		}
	}
	fmt.Printf("seals: %d\n", len(ordered))
	return ordered
}

// Checks the sealed bytes of each file that is there, and returns the lines by their numbers, and the first
// leaf that is not pruned.
func readLines(dir string, seals []seal) (map[int64][]byte, int64, []tlog.Hash) {
	found := make(map[int64][]byte)
	limits := make(map[string]int64)
	var begin int64
	var frontier []tlog.Hash
	for _, s := range seals {
		data, err := os.ReadFile(dir + "/" + s.file)
		if os.IsNotExist(err) {
			begin, frontier = s.end, s.frontier
			fmt.Printf("%s is gone; its seal is there\n", s.file)
			continue
		}
		must(err, "reading")
		if int64(len(data)) < s.bytes || s.isWhole && int64(len(data)) != s.bytes {
			fail("%s has %d bytes, of which %d were sealed", s.file, len(data), s.bytes)
		}
		if sum := sha256.Sum256(data[:s.bytes]); hex.EncodeToString(sum[:]) != s.sha256 {
			fail("%s was changed: its SHA-256 differs", s.file)
		}
		limits[s.file] = s.bytes
	}
	paths, err := filepath.Glob(dir + "/audit-*.log")
	must(err, "listing")
	for _, path := range paths {
		data := read(path)
		if limit, ok := limits[filepath.Base(path)]; ok {
			data = data[:limit]
		}
		scanner := bufio.NewScanner(bytes.NewReader(data))
		scanner.Buffer(nil, 64<<20)
		last := int64(-1)
		for scanner.Scan() {
			line := scanner.Bytes()
			// `seq` is the last member of a line.
			at := bytes.LastIndex(line, []byte(`"seq":`))
			if at < 0 || line[len(line)-1] != '}' {
				fmt.Printf("%s: a line without a number\n", path)
				continue
			}
			seq := number(string(line[at+6 : len(line)-1]))
			if seq <= last {
				fail("%s: the record %d does not stand in its place", path, seq)
			}
			last = seq
			if old, ok := found[seq]; ok && !bytes.Equal(old, line) {
				fail("%s: the record %d is there twice, with different lines", path, seq)
			}
			found[seq] = append([]byte(nil), line...)
		}
		must(scanner.Err(), path)
	}
	return found, begin, frontier
}

// What the log says of itself: before which number its files were pruned.
var keptFrom int64

func keptFromOf(line []byte) {
	if !bytes.Contains(line, []byte(`"kept_from_seq":`)) {
		return
	}
	var record struct {
		Event    string
		Resource struct {
			Kept int64 `json:"kept_from_seq"`
		}
	}
	if json.Unmarshal(line, &record) == nil && strings.HasPrefix(record.Event, "log.") && record.Resource.Kept > keptFrom {
		keptFrom = record.Resource.Kept
	}
}

// The number of the first sealed record, as the oldest log.opened says it.
func baseOf(found map[int64][]byte) int64 {
	base, first := int64(0), int64(-1)
	for seq, line := range found {
		var record struct {
			Resource struct {
				Base *int64 `json:"base"`
			}
		}
		if bytes.Contains(line, []byte(`"event":"log.opened"`)) && (first < 0 || seq < first) &&
			json.Unmarshal(line, &record) == nil && record.Resource.Base != nil {
			base, first = *record.Resource.Base, seq
		}
	}
	return base
}

// Checkpoints in the log's own lines: any text of a line that is one of this log.
func checkpointsOf(line []byte, seq int64) {
	if !bytes.Contains(line, []byte(`\n\n`)) {
		return
	}
	var value interface{}
	must(json.Unmarshal(line, &value), fmt.Sprintf("record %d", seq))
	var visit func(interface{})
	visit = func(value interface{}) {
		switch value := value.(type) {
		case map[string]interface{}:
			for _, value := range value {
				visit(value)
			}
		case string:
			if strings.HasPrefix(value, epochs[0].verifier.Name()+"\n") {
				what := fmt.Sprintf("the checkpoint in record %d", seq)
				text, by := open([]byte(value), what)
				c := parseCheckpoint(text, what)
				inEpoch(c.size, by, what)
				signed = append(signed, c)
			}
		}
	}
	visit(value)
}

func main() {
	dir := os.Args[1]
	readKeys(dir, os.Args[2])
	seals := readSeals(dir)
	text, by := open(read(dir+"/seal/checkpoint"), "seal/checkpoint")
	newest := parseCheckpoint(text, "seal/checkpoint")
	if strings.SplitN(text, "\n", 2)[0] != epochs[0].verifier.Name() {
		fail("the checkpoint is of another log")
	}
	inEpoch(newest.size, by, "seal/checkpoint")
	signed = append(signed, newest)

	found, begin, frontier := readLines(dir, seals)
	var base int64
	if len(seals) > 0 {
		base = seals[0].base
	} else {
		base = baseOf(found)
	}
	// Subtrees that were pruned are known by their roots.
	stored := make(hashes)
	at := int64(0)
	for _, h := range frontier {
		level := 0
		for int64(1)<<(level+1) <= begin-at {
			level++
		}
		stored[tlog.StoredHashIndex(level, at>>level)] = h
		at += 1 << level
	}
	lost := 0
	for leaf := begin; leaf < newest.size; leaf++ {
		line, ok := found[base+leaf]
		if !ok {
			// A record that was lost before it was sealed is an empty line.
			lost++
		}
		checkpointsOf(line, base+leaf)
		keptFromOf(line)
		added, err := tlog.StoredHashesForRecordHash(leaf, tlog.RecordHash(line), stored)
		must(err, "the tree")
		for i, h := range added {
			stored[tlog.StoredHashIndex(0, leaf)+int64(i)] = h
		}
	}
	if begin > 0 && base+begin > keptFrom {
		fail("records before %d are gone, and no sealed line says that those from %d on were pruned", base+begin, keptFrom)
	}
	unsealed := 0
	for seq := range found {
		if seq >= base+newest.size {
			unsealed++
		} else if seq >= base && seq < base+begin {
			fail("the record %d is there, and a later file is gone", seq)
		}
	}
	fmt.Printf("lines: %d sealed, %d pruned, %d lost before they were sealed, %d not sealed\n",
		newest.size-begin-int64(lost), begin, lost, unsealed)

	// Every tree that was signed has the root of the lines.
	checked := signed[:0:0]
	for _, c := range signed {
		if c.size > newest.size {
			fail("%s is about %d leaves, the newest checkpoint about %d", c.what, c.size, newest.size)
		}
		if c.size < begin {
			continue
		}
		root, err := tlog.TreeHash(c.size, stored)
		must(err, c.what)
		if root != c.root {
			fail("%s: its root is %v, that of the lines %v", c.what, c.root, root)
		}
		checked = append(checked, c)
	}
	fmt.Printf("roots: %d of %d signed trees, the others are pruned\n", len(checked), len(signed))

	sort.Slice(checked, func(i, j int) bool { return checked[i].size < checked[j].size })
	pairs := 0
	for i := 0; i < 200; i++ {
		a, b := rand.Intn(len(checked)), rand.Intn(len(checked))
		if a > b {
			a, b = b, a
		}
		older, newer := checked[a], checked[b]
		if older.size == 0 || older.size == newer.size {
			continue
		}
		proof, err := tlog.ProveTree(newer.size, older.size, stored)
		must(err, "consistency")
		must(tlog.CheckTree(proof, newer.size, newer.root, older.size, older.root), older.what+" and "+newer.what)
		pairs++
	}
	fmt.Printf("consistency: %d random pairs\n", pairs)

	for _, path := range os.Args[3:] {
		checkProof(path, base, found)
	}
	fmt.Printf("proofs: %d\n", len(os.Args[3:]))
}

// https://c2sp.org/tlog-proof
func checkProof(path string, base int64, found map[int64][]byte) {
	parts := strings.SplitN(string(read(path)), "\n\n", 2)
	all := strings.Split(parts[0], "\n")
	if all[0] != "c2sp.org/tlog-proof@v1" {
		fail("%s is no proof", path)
	}
	all = all[1:]
	if strings.HasPrefix(all[0], "extra ") {
		_, err := base64.StdEncoding.DecodeString(all[0][6:])
		must(err, path)
		all = all[1:]
	}
	index := number(strings.TrimPrefix(all[0], "index "))
	var proof tlog.RecordProof
	for _, text := range all[1:] {
		proof = append(proof, hash(text))
	}
	text, by := open([]byte(parts[1]), path)
	c := parseCheckpoint(text, path)
	inEpoch(c.size, by, path)
	line, ok := found[base+index]
	if !ok {
		fmt.Printf("%s: the line was pruned\n", path)
		return
	}
	must(tlog.CheckRecord(proof, c.size, c.root, index, tlog.RecordHash(line)), path)
}
