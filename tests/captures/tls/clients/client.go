// Opens connections with crypto/tls, by name and by address, one after another with a session cache.
package main

import (
	"crypto/tls"
	"io"
	"os"
)

func main() {
	cache := tls.NewLRUClientSessionCache(8)
	for _, name := range []string{"client.example", "client.example", "192.0.2.80", "192.0.2.80"} {
		config := &tls.Config{ServerName: name, InsecureSkipVerify: true}
		if len(os.Args) > 2 {
			config.ClientSessionCache = cache
			config.NextProtos = []string{"h2", "http/1.1"}
		}
		connection, err := tls.Dial("tcp", os.Args[1], config)
		if err != nil {
			continue
		}
		io.WriteString(connection, "GET / HTTP/1.1\r\nHost: client.example\r\n\r\n")
		io.ReadAll(connection)
		connection.Close()
	}
}
