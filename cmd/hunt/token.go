package main

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/transport/token"
)

func tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make keys, and mint and check the tokens that let players in",
		Long: "A token is a JSON Web Token signed with Ed25519 that names one player and the one hunt it may\n" +
			"play. Whoever authenticates people keeps the private key; a gateway needs the public one.",
		Example: "  hunt token key --out issuer.pem\n" +
			"  TOKEN=$(hunt token mint --key issuer.pem --hunt demo/main --player 000000000000002a --name ann)\n" +
			"  hunt token verify --key issuer.pem.pub --hunt demo/main $TOKEN",
	}
	cmd.AddCommand(tokenKeyCommand(), tokenMintCommand(), tokenVerifyCommand())
	return cmd
}

// keyResult is where a new key is.
type keyResult struct {
	Private string `json:"private"`
	Public  string `json:"public"`
}

func tokenKeyCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "key",
		Short:   "Make a key: FILE, for its owner alone, and FILE.pub for gateways",
		Long:    "Makes an Ed25519 key: the private one in FILE (PEM, PKCS #8, mode 0600) and the public one in\nFILE.pub (PEM, PKIX). An existing file is never overwritten.",
		Example: "  hunt token key --out issuer.pem",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usage(errors.New("--out is missing: name the file for the private key"))
			}
			if err := writeNewKey(out); err != nil {
				return err
			}
			return printResult(cmd, keyResult{Private: out, Public: out + publicSuffix})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file for the private key; the public one is beside it, with .pub appended")
	return cmd
}

// tokenResult is a token and what it says.
type tokenResult struct {
	Token   string    `json:"token,omitempty"`
	Player  string    `json:"player"`
	Hunt    string    `json:"hunt"`
	Name    string    `json:"name"`
	Service bool      `json:"service,omitempty"`
	Expires time.Time `json:"expires"`
}

func tokenMintCommand() *cobra.Command {
	var keyFile, hunt, player, name string
	var life time.Duration
	var service bool
	cmd := &cobra.Command{
		Use:     "mint",
		Short:   "Sign a token for one player of one hunt",
		Long:    "Signs a token and prints it alone, for $(...); with --json also what it says.",
		Example: "  hunt token mint --key issuer.pem --hunt demo/main --player 000000000000002a --name ann --ttl 1h",
		RunE: func(cmd *cobra.Command, _ []string) error {
			id, err := playerID(player)
			if err = errors.Join(err, control.CheckHunt(hunt), checkName(name)); err != nil {
				return usage(err)
			}
			key, err := readPrivateKey(keyFile)
			if err != nil {
				return err
			}
			text, err := token.Mint(key, token.Claims{Player: id, Hunt: hunt, Name: name, Service: service}, life)
			if err != nil {
				return err
			}
			return printToken(cmd, key, text, hunt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&keyFile, "key", "", "file of the private key, as hunt token key makes it")
	flags.StringVar(&hunt, "hunt", "", "the hunt that it is for, tenant/room")
	flags.StringVar(&player, "player", "", "the player's id, 16 hex digits")
	flags.StringVar(&name, "name", "", "the player's display name, at most 16 bytes")
	flags.BoolVar(&service, "service", false, "for a backend: it is told where a round's treasures will be, and does not play")
	flags.Var(span(&life, time.Hour, time.Second, token.MaxLife), "ttl", "how long it is good for")
	return cmd
}

// printToken prints a token just minted: alone, or with its claims as JSON.
func printToken(cmd *cobra.Command, key ed25519.PrivateKey, text, hunt string) error {
	asJSON, err := cmd.Flags().GetBool("json")
	if err != nil {
		return err
	}
	if !asJSON {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), text); err != nil {
			return fmt.Errorf("print the token: %w", err)
		}
		return nil
	}
	result, err := readToken(key.Public().(ed25519.PublicKey), text, hunt)
	if err != nil {
		return err
	}
	result.Token = text
	return printResult(cmd, result)
}

func tokenVerifyCommand() *cobra.Command {
	var keyFile, hunt string
	cmd := &cobra.Command{
		Use:     "verify TOKEN",
		Short:   "Check a token as a gateway does, and print what it says",
		Example: "  hunt token verify --key issuer.pem.pub --hunt demo/main eyJhbGciOiJFZERTQSIs...",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := control.CheckHunt(hunt); err != nil {
				return usage(err)
			}
			key, err := readPublicKey(keyFile)
			if err != nil {
				return err
			}
			result, err := readToken(key, args[0], hunt)
			if err != nil {
				return err
			}
			return printResult(cmd, result)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "file of the public key, or of the private one")
	cmd.Flags().StringVar(&hunt, "hunt", "", "the hunt that it must be for, tenant/room")
	return cmd
}

// readToken verifies a token and says what is in it.
func readToken(key ed25519.PublicKey, text, hunt string) (r tokenResult, err error) {
	claims, err := token.Verify(key, text, hunt)
	if err != nil {
		return r, err
	}
	return tokenResult{
		Player: fmt.Sprintf("%016x", uint64(claims.Player)), Hunt: claims.Hunt, Name: claims.Name, Service: claims.Service,
		Expires: claims.Expires.UTC(),
	}, nil
}

func playerID(text string) (codec.PlayerID, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 8 {
		return 0, fmt.Errorf("--player %q: want 16 hex digits, as 000000000000002a", text)
	}
	return codec.PlayerID(binary.BigEndian.Uint64(b)), nil
}

func checkName(name string) error {
	if codec.NameOf(name).String() != name {
		return fmt.Errorf("--name %q: want at most %d bytes, of characters that can be shown", name, codec.MaxName)
	}
	return nil
}
