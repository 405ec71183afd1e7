// Records what gVisor's netstack sends: two stacks on a pipe, and a connection over IPv4 and IPv6 at
// each MTU. Writes the frames, which are plain IP, as pcap to the file named on the command line.
//
//	cd tests/captures/gvisor && go run . ../recorded/tools/gvisor.pcap
package main

import (
	"bytes"
	"context"
	"log"
	"net"
	"os"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/link/sniffer"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	nic  = 1
	port = 80
	// Headers with all options.
	snapLen  = 96
	ethernet = 1500
)

// Ethernet, WireGuard over Ethernet, the least of IPv6 (Tailscale).
var mtus = []uint32{ethernet, 1420, 1280}

// With SACK, as Tailscale and runsc set it, and as the stack comes.
var sack = []bool{true, false}

// host is a stack with an address of each version. pipe wants link addresses.
func host(endpoint stack.LinkEndpoint, sack bool, addresses ...string) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	enabled := tcpip.TCPSACKEnabled(sack)
	if err := s.SetTransportProtocolOption(tcp.ProtocolNumber, &enabled); err != nil {
		log.Fatal(err)
	}
	if err := s.CreateNIC(nic, endpoint); err != nil {
		log.Fatal(err)
	}
	s.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: nic},
		{Destination: header.IPv6EmptySubnet, NIC: nic},
	})
	for _, text := range addresses {
		number, address := protocol(text)
		with := tcpip.ProtocolAddress{Protocol: number, AddressWithPrefix: address.WithPrefix()}
		if err := s.AddProtocolAddress(nic, with, stack.AddressProperties{}); err != nil {
			log.Fatal(err)
		}
	}
	return s
}

func protocol(text string) (tcpip.NetworkProtocolNumber, tcpip.Address) {
	ip := net.ParseIP(text)
	if short := ip.To4(); short != nil {
		return ipv4.ProtocolNumber, tcpip.AddrFromSlice(short)
	}
	return ipv6.ProtocolNumber, tcpip.AddrFromSlice(ip)
}

// connection opens one from client to server, and closes it.
func connection(client, server *stack.Stack, from, to string) {
	number, address := protocol(to)
	_, source := protocol(from)
	listener, err := gonet.ListenTCP(server, tcpip.FullAddress{NIC: nic, Addr: address, Port: port}, number)
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	at := tcpip.FullAddress{NIC: nic, Addr: address, Port: port}
	opened, err := gonet.DialTCPWithBind(context.Background(), client, tcpip.FullAddress{NIC: nic, Addr: source}, at, number)
	if err != nil {
		log.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	opened.Close()
	accepted.Close()
}

func main() {
	const client4, server4, client6, server6 = "192.0.2.10", "192.0.2.80", "2001:db8::10", "2001:db8::80"
	sniffer.LogPackets.Store(0)
	var all bytes.Buffer
	for _, sack := range sack {
		for _, mtu := range mtus {
			var part bytes.Buffer
			a, b := pipe.New("\x02\x00\x00\x00\x00\x10", "\x02\x00\x00\x00\x00\x80", mtu)
			recorded, err := sniffer.NewWithWriter(a, &part, snapLen)
			if err != nil {
				log.Fatal(err)
			}
			client := host(recorded, sack, client4, client6)
			server := host(b, sack, server4, server6)
			connection(client, server, client4, server4)
			// At 1440 octets a segment, 20 of them are a multiple of 128: this is what Linux sends.
			if mtu != ethernet {
				connection(client, server, client6, server6)
			}
			client.Destroy()
			server.Destroy()
			const fileHeaderLen = 24
			if all.Len() > 0 {
				part.Next(fileHeaderLen)
			}
			all.Write(part.Bytes())
		}
	}
	if err := os.WriteFile(os.Args[1], all.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
