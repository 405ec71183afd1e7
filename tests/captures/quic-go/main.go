// Opens a QUIC connection by quic-go, for record-quic.sh: ADDRESS:PORT.
package main

import (
	"context"
	"crypto/tls"
	"log"
	"os"
	"time"

	"github.com/quic-go/quic-go"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	config := &tls.Config{
		// The server's certificate was made a moment ago.
		InsecureSkipVerify: true,
		ServerName:         "www.example.org",
		NextProtos:         []string{"h3"},
	}
	conn, err := quic.DialAddr(ctx, os.Args[1], config, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := conn.CloseWithError(0, ""); err != nil {
		log.Fatal(err)
	}
}
