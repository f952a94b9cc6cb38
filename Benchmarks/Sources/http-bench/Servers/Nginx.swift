import Glibc
import Measuring

/// nginx as packaged by Debian, receiving files by `PUT`: it hashes nothing and syncs nothing.
struct Nginx: CurlPeer {
    let server: ServerProcess
    let tlsPort: UInt16?
    private let names = Counter()

    /// - Parameter directory: The directory for all of its files.
    init(in directory: String, _ certificate: Certificate? = nil) throws(BenchError) {
        let port = try Loopback.freePort()
        let tlsPort = certificate == nil ? nil : try Loopback.freePort()
        self.tlsPort = tlsPort
        for path in [directory, directory + "/root", directory + "/temp"] {
            guard mkdir(path, 0o700) == 0 else { throw BenchError("cannot make “\(path)”: errno \(errno)") }
        }
        let path = directory + "/nginx.conf"
        guard let file = fopen(path, "w") else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
        var tls = ""
        if let certificate, let tlsPort { tls = Self.tls(certificate, port: tlsPort) }
        fputs(Self.configuration(directory, port, tls), file)
        fclose(file)
        server = try ServerProcess(
            "nginx", ["-p", directory, "-c", path, "-e", directory + "/error.log"], port: port)
    }

    func put(_ payload: Wire.Payload, on wire: Wire) throws(BenchError) -> String {
        let target = nextTarget()
        try wire.call("PUT", target, payload)
        return target
    }

    func beginPut(_ payload: Wire.Payload, sending byteCount: Int, on wire: Wire) throws(BenchError) {
        try wire.begin("PUT", nextTarget(), payload, sending: byteCount)
    }

    func put(chunks: Int, of payload: Wire.Payload, on wire: Wire) throws(BenchError) -> [String] {
        var targets: [String] = []
        for _ in 0..<chunks { targets.append(try put(payload, on: wire)) }
        return targets
    }

    private static func tls(_ certificate: Certificate, port: UInt16) -> String {
        "listen 127.0.0.1:\(port) ssl http2; ssl_protocols TLSv1.3; ssl_certificate \(certificate.path); "
            + "ssl_certificate_key \(certificate.keyPath);"
    }

    private func nextTarget() -> String { "/files/\(names.next())" }

    func put(file: String, by curl: Curl) throws(BenchError) -> String {
        let target = nextTarget()
        try curl.send("PUT", target, file)
        return target
    }

    /// As many workers as the other server has event loops. Bodies are written beside their destination, so that a
    /// rename moves them there.
    private static func configuration(_ directory: String, _ port: UInt16, _ tls: String) -> String {
        """
        daemon off;
        user root;
        worker_processes 2;
        worker_rlimit_nofile 16384;
        pid \(directory)/pid;
        error_log \(directory)/error.log;
        events { worker_connections 8192; }
        http {
            access_log off;
            sendfile on;
            tcp_nopush on;
            keepalive_requests 1000000;
            client_max_body_size 0;
            client_body_buffer_size 256k;
            client_body_temp_path \(directory)/temp;
            fastcgi_temp_path \(directory)/temp;
            proxy_temp_path \(directory)/temp;
            scgi_temp_path \(directory)/temp;
            uwsgi_temp_path \(directory)/temp;
            server {
                listen 127.0.0.1:\(port) backlog=1024;
                \(tls)
                root \(directory)/root;
                location = /healthz { return 200 "ok"; }
                location / {
                    dav_methods PUT DELETE;
                    create_full_put_path on;
                }
            }
        }

        """
    }
}
