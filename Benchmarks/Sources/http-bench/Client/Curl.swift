import Measuring

/// curl: a client for TLS, and the same one in the clear for comparison.
struct Curl {
    enum Mode {
        case clear
        /// HTTP/1.1 over TLS.
        case tls
        /// Over TLS.
        case http2
    }

    let mode: Mode
    let port: UInt16
    /// The file for responses.
    let answerPath: String

    /// Sends a file as one request, on a connection of its own.
    ///
    /// - Throws: If the status of the answer is not 2xx.
    @discardableResult
    func send(_ method: String, _ target: String, _ file: String) throws(BenchError) -> Answer {
        let scheme = mode == .clear ? "http" : "https"
        try Command.run(
            "curl",
            [
                "--silent", "--show-error", "--insecure", "--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256",
                mode == .http2 ? "--http2" : "--http1.1", "--header", "Expect:", "--include", "--output", answerPath,
                "--request", method, "--upload-file", file, "\(scheme)://127.0.0.1:\(port)\(target)",
            ])
        let bytes = Array(try readText(answerPath).utf8)
        let end = Answer.endOfHead(in: bytes) ?? 0
        var answer = try Answer(head: bytes[..<end])
        answer.body = Array(bytes[end...])
        guard (200..<300).contains(answer.status) else {
            throw BenchError("\(method) \(target): \(answer.status) \(answer.text)")
        }
        return answer
    }
}
