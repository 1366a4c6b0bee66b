package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const switchVariable = "WPDAEMON_STANDIN"

// behaviour is what the stand-in does on purpose and the real program does not.
type behaviour struct {
	neverListen bool
	listenAfter time.Duration
}

var switchComment = regexp.MustCompile(`(?m)^[ \t]*[#;][ \t]*standin:(.*)$`)

// switchText gathers the switches: the variable or, without it, the file beside
// the binary; then whatever a comment in the config asks for.
func switchText(program, config string) []string {
	var lists []string
	if text, set := os.LookupEnv(switchVariable); set {
		lists = append(lists, text)
	} else if text, err := os.ReadFile(programPath(program) + ".switches"); err == nil {
		lists = append(lists, string(text))
	}
	// A config that cannot be read asks for nothing; the parser will complain.
	text, _ := os.ReadFile(config)
	for _, comment := range switchComment.FindAllStringSubmatch(string(text), -1) {
		lists = append(lists, comment[1])
	}
	return strings.Split(strings.Join(lists, ","), ",")
}

// programPath is where the program was started, links not followed, so that
// several links to one build can have different switches.
func programPath(program string) string {
	if strings.ContainsRune(program, filepath.Separator) {
		return program
	}
	path, err := os.Executable()
	orExit(err)
	return path
}

// obeySwitches starts what the switches ask for and ends the process if that is
// what they ask for.
func obeySwitches(list []string) (asked behaviour) {
	for _, item := range list {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch name {
		case "":
		case "never-listen":
			asked.neverListen = true
		case "listen-after":
			asked.listenAfter = switchDelay(item, value)
		case "ignore-term":
			signal.Ignore(syscall.SIGTERM)
		case "die-after":
			time.AfterFunc(switchDelay(item, value), func() { os.Exit(1) })
		case "exit-at-once":
			code, err := strconv.Atoi(value)
			switchCheck(item, err)
			os.Exit(code)
		case "print":
			printSwitch(value)
		case "print-later":
			after, text, _ := strings.Cut(value, ":")
			time.AfterFunc(switchDelay(item, after), func() { printSwitch(text) })
		default:
			switchCheck(item, fmt.Errorf("no such switch"))
		}
	}
	return asked
}

func printSwitch(text string) { fmt.Println(strings.ReplaceAll(text, "%2C", ",")) }

func switchDelay(item, milliseconds string) time.Duration {
	count, err := strconv.Atoi(milliseconds)
	switchCheck(item, err)
	return time.Duration(count) * time.Millisecond
}

// switchCheck ends a run whose switches are wrong with a code of its own, which
// no test can take for something that wireproxy does.
func switchCheck(item string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "stand-in: switch %q: %v\n", strings.TrimSpace(item), err)
		os.Exit(3)
	}
}
