// Command main checks a folder of proofs with Go's own implementation of transparency logs, golang.org/x/mod/sumdb:
//
//	vkey                  verifier key of the log
//	checkpoint            signed checkpoint
//	leaf                  bytes of a leaf
//	inclusion.tlog-proof  that the leaf is in the tree of the signed checkpoint that it carries
//	older-checkpoint      signed checkpoint of an earlier size
//	consistency           that the tree of checkpoint begins with that of older-checkpoint: base64, one hash per line
//
// It exits with 0 when everything holds, with 3 when something does not, and with 2 when the folder cannot be read.
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	exitUnreadable = 2
	exitRefused    = 3
)

type checkpoint struct {
	size int64
	root tlog.Hash
}

type folder struct {
	path     string
	verifier note.Verifier
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: verify <folder>")
		os.Exit(exitUnreadable)
	}
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(exitRefused)
	}
	fmt.Println("accepted")
}

func check(path string) error {
	verifier, err := note.NewVerifier(strings.TrimSpace(read(path, "vkey")))
	if err != nil {
		return fmt.Errorf("vkey: %w", err)
	}
	f := folder{path, verifier}
	newer, err := f.open("checkpoint", read(path, "checkpoint"))
	if err != nil {
		return err
	}
	if err := f.checkInclusion(); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	if err := f.checkConsistency(newer); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	return nil
}

// read returns a file of the folder; without it there is nothing to judge.
func read(folder, name string) string {
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUnreadable)
	}
	return string(content)
}

// open checks the signature of a checkpoint and reads its three lines.
func (f folder) open(name, signed string) (checkpoint, error) {
	opened, err := note.Open([]byte(signed), note.VerifierList(f.verifier))
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", name, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != f.verifier.Name() {
		return checkpoint{}, fmt.Errorf("%s: not a checkpoint of %s", name, f.verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: size: %w", name, err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: root: %w", name, err)
	}
	return checkpoint{size, root}, nil
}

func (f folder) checkInclusion() error {
	head, signed, found := strings.Cut(read(f.path, "inclusion.tlog-proof"), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	if strings.HasPrefix(lines[1], "extra ") {
		lines = lines[1:]
	}
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("no index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return err
	}
	tree, err := f.open("its checkpoint", signed)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash([]byte(read(f.path, "leaf")))
	return tlog.CheckRecord(hashes, tree.size, tree.root, index, leaf)
}

func (f folder) checkConsistency(newer checkpoint) error {
	older, err := f.open("older-checkpoint", read(f.path, "older-checkpoint"))
	if err != nil {
		return err
	}
	hashes, err := parseHashes(strings.Fields(read(f.path, "consistency")))
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, newer.size, newer.root, older.size, older.root)
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		bytes, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil {
			return nil, err
		}
		if len(bytes) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(bytes))
		}
		copy(hashes[i][:], bytes)
	}
	return hashes, nil
}
