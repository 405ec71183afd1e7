/* Opens connections with mbed TLS's defaults. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static const char *names[] = {"client.example", "client.example", "192.0.2.80", "192.0.2.80"};
    if (argc < 2) {
        puts(MBEDTLS_VERSION_STRING);
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        mbedtls_net_context net;
        mbedtls_entropy_context entropy;
        mbedtls_ctr_drbg_context random;
        mbedtls_ssl_context ssl;
        mbedtls_ssl_config config;
        mbedtls_net_init(&net);
        mbedtls_entropy_init(&entropy);
        mbedtls_ctr_drbg_init(&random);
        mbedtls_ssl_init(&ssl);
        mbedtls_ssl_config_init(&config);
        mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
        mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT);
        mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
        mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
        mbedtls_ssl_setup(&ssl, &config);
        mbedtls_ssl_set_hostname(&ssl, names[i]);
        if (mbedtls_net_connect(&net, names[i], argv[1], MBEDTLS_NET_PROTO_TCP) != 0)
            continue;
        mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
        mbedtls_ssl_handshake(&ssl);
        mbedtls_net_free(&net);
        mbedtls_ssl_free(&ssl);
    }
    return 0;
}
