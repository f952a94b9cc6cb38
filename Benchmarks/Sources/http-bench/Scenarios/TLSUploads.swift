import Glibc
import Measuring
import UploadCore

/// Large uploads over TLS beside the same in the clear: the CPU that decryption adds, against nginx.
struct TLSUploads {
    let bench: Bench
    private var byteCount: Int { bench.size(1 << 30, quick: 64 << 20) }

    func run() async throws -> Outcome {
        let certificate = try Certificate(in: bench.scratch.path)
        let file = bench.scratch.path + "/upload"
        try makeFile(file)
        let comparison = try await bench.withServers(.processCrash, certificate: certificate) { nginx, wharf in
            try await bench.compare(
                turns: bench.size(2, quick: 1),
                [
                    leg("nginx", nginx, .clear, file), leg("wharf", wharf, .clear, file),
                    leg("nginx, TLS", nginx, .tls, file), leg("wharf, TLS", wharf, .tls, file),
                    leg("nginx, HTTP/2", nginx, .http2, file), leg("wharf, HTTP/2", wharf, .http2, file),
                ])
        }
        return Outcome(
            rows: rows(comparison),
            remarks: [
                "One upload in one request by curl, TLS 1.3 with AES-128-GCM and a certificate of ECDSA P-256. CPU is that of all threads"
                    + " of the server's processes. The difference is that to the same server in the clear, in the same round."
            ])
    }

    private func rows(_ comparison: Comparison) -> [Row] {
        func difference(_ what: String, _ mode: String, goal: Row.Goal?) -> Row {
            func added(_ server: String) -> String {
                time(comparison.spread(["\(server), \(mode)", server]) { $0[0].cpuEach - $0[1].cpuEach }.median)
            }
            return Row(
                what, .processCrash, peer: "+\(added("nginx")) nginx", "+\(added("wharf"))",
                ratio: comparison.spread(["wharf, \(mode)", "wharf", "nginx, \(mode)", "nginx"]) {
                    ($0[0].cpuEach - $0[1].cpuEach) / ($0[2].cpuEach - $0[3].cpuEach)
                }, goal: goal)
        }
        return [
            difference("CPU per GiB that TLS adds", "TLS", goal: .atMost(1.1)),
            difference("… that HTTP/2 over TLS adds", "HTTP/2", goal: nil),
            comparison.row("CPU per GiB in the clear", .processCrash, .cpu, of: "wharf", to: "nginx"),
            comparison.row("… over TLS", .processCrash, .cpu, of: "wharf, TLS", to: "nginx, TLS"),
            comparison.row("… by HTTP/2", .processCrash, .cpu, of: "wharf, HTTP/2", to: "nginx, HTTP/2"),
            comparison.row("throughput over TLS", .processCrash, .throughput, of: "wharf, TLS", to: "nginx, TLS"),
            comparison.row("… by HTTP/2", .processCrash, .throughput, of: "wharf, HTTP/2", to: "nginx, HTTP/2"),
        ]
    }

    private func leg(_ name: String, _ peer: some CurlPeer, _ mode: Curl.Mode, _ file: String) -> Leg {
        Leg(name) {
            let curl = Curl(mode: mode, port: try peer.port(for: mode), answerPath: bench.scratch.path + "/answer")
            var target = ""
            let cost = try peer.server.cost {
                target = try peer.put(file: file, by: curl)
                return Double(byteCount) / Double(1 << 30)
            }
            try peer.remove([target])
            bench.scratch.settle()
            peer.server.settle()
            return cost
        }
    }

    private func makeFile(_ path: String) throws(BenchError) {
        guard let stream = fopen(path, "w") else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
        defer { fclose(stream) }
        let block = Content.make(1 << 20)
        for _ in 0..<(byteCount >> 20) {
            guard fwrite(block, 1, block.count, stream) == block.count else {
                throw BenchError("cannot write “\(path)”")
            }
        }
    }
}
