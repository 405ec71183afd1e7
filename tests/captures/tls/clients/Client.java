import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.X509Certificate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Opens connections with HttpsURLConnection or HttpClient, and a provider of TLS; sessions are resumed. */
class Client {
    static final class Anyone implements X509TrustManager {
        @Override public void checkClientTrusted(X509Certificate[] chain, String type) {}
        @Override public void checkServerTrusted(X509Certificate[] chain, String type) {}
        @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }

    public static void main(String[] args) throws Exception {
        System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
        for (int i = args.length - 1; i >= 2; i--) {
            Provider provider = (Provider) Class.forName(args[i]).getDeclaredConstructor().newInstance();
            Security.insertProviderAt(provider, 1);
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anyone()}, new SecureRandom());
        HttpsURLConnection.setDefaultSSLSocketFactory(context.getSocketFactory());
        HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        for (String name : new String[] {"client.example", "client.example", "192.0.2.80", "192.0.2.80"}) {
            String address = "https://" + name + ":" + args[1] + "/";
            try {
                if (args[0].equals("url")) {
                    new URL(address).openConnection().getInputStream().readAllBytes();
                } else {
                    client.send(HttpRequest.newBuilder(URI.create(address)).build(),
                        HttpResponse.BodyHandlers.ofString());
                }
            } catch (java.io.IOException error) {
                System.err.println(error);
            }
        }
    }
}
