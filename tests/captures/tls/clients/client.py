"""Opens connections with one of Python's ways to do so.

client.py WAY PORT [PROFILE]
"""

import sys
import warnings

warnings.simplefilter("ignore")
way, port = sys.argv[1], sys.argv[2]
NAMES = ["client.example", "client.example", "192.0.2.80", "192.0.2.80"]


def ssl_module(url):
    import socket
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    name = url.split("/")[2].split(":")[0]
    with socket.create_connection((name, int(port))) as plain:
        with context.wrap_socket(plain, server_hostname=name) as secured:
            secured.sendall(b"GET / HTTP/1.1\r\nHost: client.example\r\n\r\n")
            secured.recv(65536)


def urllib_module(url):
    import ssl
    import urllib.request

    urllib.request.urlopen(url, context=ssl._create_unverified_context()).read()


def requests_module(url):
    import requests

    requests.get(url, verify=False)


def httpx_module(url):
    import httpx

    httpx.Client(verify=False, http2=True).get(url)


def aiohttp_module(url):
    import asyncio

    import aiohttp

    async def get():
        async with aiohttp.ClientSession() as session:
            async with session.get(url, ssl=False) as answer:
                await answer.read()

    asyncio.run(get())


def pycurl_module(url):
    import pycurl

    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.SSL_VERIFYPEER, 0)
    handle.setopt(pycurl.SSL_VERIFYHOST, 0)
    handle.setopt(pycurl.WRITEFUNCTION, lambda data: None)
    handle.perform()


def curl_cffi_module(url):
    from curl_cffi import requests

    if "192" not in url:
        requests.get(url, verify=False, impersonate=sys.argv[3])


WAYS = {
    "ssl": ssl_module,
    "urllib": urllib_module,
    "requests": requests_module,
    "httpx": httpx_module,
    "aiohttp": aiohttp_module,
    "pycurl": pycurl_module,
    "curl_cffi": curl_cffi_module,
}
for name in NAMES:
    try:
        WAYS[way]("https://%s:%s/" % (name, port))
    except Exception as error:  # The hello was sent all the same.
        sys.stderr.write("%s\n" % error)
