package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/huntgraph/huntgraph/codec"
)

// verbs lists what hunt can do, in the order of its help. A new verb is one line.
func verbs() []*cobra.Command {
	return []*cobra.Command{
		devCommand(),
		playCommand(),
		worldCommand(),
		routeCommand(),
		benchCommand(),
		jepsenCommand(),
		replayCommand(),
		adminCommand(),
		tokenCommand(),
		doctorCommand(),
		versionCommand(),
	}
}

// execute runs one command line and returns the exit code. It is main without
// the process: signals arrive as the end of ctx.
func execute(ctx context.Context, verbs []*cobra.Command, args []string, stdout, stderr io.Writer) int {
	root := rootCommand(verbs, stdout, stderr)
	root.SetArgs(args)

	// Whatever fails before a verb's RunE began is the caller's mistake.
	began := false
	eachCommand(root, func(c *cobra.Command) {
		run := c.RunE
		if run == nil {
			return
		}
		c.RunE = func(cmd *cobra.Command, args []string) error {
			began = true
			return run(cmd, args)
		}
	})
	err := root.ExecuteContext(ctx)
	if err != nil && !began {
		err = usage(err)
	}
	code := exitCode(err)
	if err != nil {
		fmt.Fprintln(stderr, errorLine(code, err))
	}
	return code
}

// rootCommand builds the command tree and the habits that all verbs share.
func rootCommand(verbs []*cobra.Command, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:               "hunt",
		Short:             "Live treasure hunts on one world graph",
		Long:              "Huntgraph runs live treasure hunts: players move over one world graph whose edge weights\nchange under their feet. Start with: hunt dev",
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: startLogging,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	flags := root.PersistentFlags()
	flags.Bool("json", false, "print one JSON object on stdout instead of a table")
	flags.String("log-level", "info", "least level of the logs on stderr: debug, info, warn or error")
	flags.String("log-format", "text", "format of the logs on stderr: text or json")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(verbs...)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	eachCommand(root, func(c *cobra.Command) {
		switch {
		case c.Run != nil: // cobra's own help
		case c.HasSubCommands():
			c.Args = unknownCommand
			if c.RunE == nil {
				c.RunE = missingCommand
			}
		case c.Args == nil:
			c.Args = cobra.NoArgs
		}
	})
	return root
}

// eachCommand calls visit on c and all commands below it.
func eachCommand(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, child := range c.Commands() {
		eachCommand(child, visit)
	}
}

// startLogging points slog at stderr as the log flags say.
func startLogging(cmd *cobra.Command, _ []string) error {
	levelName, err := cmd.Flags().GetString("log-level")
	if err != nil {
		return err
	}
	format, err := cmd.Flags().GetString("log-format")
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(levelName)); err != nil {
		return usage(fmt.Errorf("--log-level %q: want debug, info, warn or error", levelName))
	}
	options := &slog.HandlerOptions{Level: level}
	switch format {
	case "text":
		slog.SetDefault(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), options)))
	case "json":
		slog.SetDefault(slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), options)))
	default:
		return usage(fmt.Errorf("--log-format %q: want text or json", format))
	}
	return nil
}

// unknownCommand is the Args of a command that only has commands below it.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unknown command %q%s (%s --help lists the commands)",
		args[0], didYouMean(nearest(args[0], commandNames(cmd))), cmd.CommandPath())
}

// missingCommand is the RunE of a command that does nothing by itself.
func missingCommand(cmd *cobra.Command, _ []string) error {
	return usage(fmt.Errorf("%s: say what to do: %s", cmd.CommandPath(), strings.Join(commandNames(cmd), ", ")))
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// flagError words a mistake in a flag: what was wrong and where to look.
func flagError(cmd *cobra.Command, err error) error {
	hint := ""
	var wrong *pflag.InvalidValueError
	if errors.As(err, &wrong) {
		err = fmt.Errorf("--%s %s: %w", wrong.GetFlag().Name, wrong.GetValue(), wrong.Unwrap())
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		hint = didYouMean(nearest("--"+unknown.GetSpecifiedName(), names))
	}
	return fmt.Errorf("%w%s (%s --help lists the flags)", err, hint, cmd.CommandPath())
}

// errorLine is the one line that stderr gets for err. What a terminal would not
// show as it is, of a file's name say, stands in it as a replacement character.
func errorLine(code int, err error) string {
	if code == exitInterrupted {
		return "hunt: interrupted"
	}
	line := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	return "hunt: " + strings.Map(func(r rune) rune {
		if !codec.Shown(r) {
			return utf8.RuneError
		}
		return r
	}, line)
}
