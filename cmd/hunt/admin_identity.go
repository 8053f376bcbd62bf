package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/transport/identity"
)

func adminIdentityCommand() *cobra.Command {
	var dir, role, name, out string
	cmd := &cobra.Command{
		Use:   "identity",
		Short: "Issue the certificate of a game server or a gateway",
		Long: "Writes a file with a certificate, its key and the signing certificates of the hunt's cluster, with\n" +
			"which another process reaches the nodes. The role says what it may do there: a game server sets\n" +
			"weights, a gateway carries players' moves. The certificate is valid for 30 days: issue another one\n" +
			"in that time. The hunt may run. To take all certificates back, stop the hunt, delete the folder's\n" +
			"cluster.pem and start it again.",
		Example: "  hunt admin identity --data-dir ./hunt-data --role game-server --name shop --out shop.pem",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" || name == "" || out == "" {
				return usage(errors.New("--data-dir, --name and --out are needed: the hunt's folder, the process's name and the file to write"))
			}
			r, err := identity.ParseRole(role)
			if err == nil && r == identity.Node {
				err = errors.New("role node: nodes ask the authority themselves; want gateway or game-server")
			}
			if err != nil {
				return usage(err)
			}
			if err := system.IssueIdentity(dir, out, r, name); err != nil {
				return usage(err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s is %s %s, for %d days; it holds a key: keep it private\n",
				out, role, name, int(identity.LeafLife.Hours()/24))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "data-dir", "", "data folder of the hunt")
	cmd.Flags().StringVar(&role, "role", "game-server", "game-server or gateway")
	cmd.Flags().StringVar(&name, "name", "", "the process's name: letters, digits, '.', '_' and '-'")
	cmd.Flags().StringVar(&out, "out", "", "file to write; it must not be there")
	return cmd
}
