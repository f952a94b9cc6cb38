/// The connection as a client of HTTP/1.1 uses it (RFC 9112).
extension RawConnection {
    /// Sends a request and reads its answer. An answer that comes while the body is still being sent is read all the
    /// same.
    func exchange(_ request: ClientRequest) async throws -> ClientResponse {
        try? await send(Array(request.header.utf8) + request.framedBody)
        return try await readResponse(to: request.method)
    }

    /// Reads the next answer, and the interim ones before it.
    ///
    /// - Parameter method: Of the request: the answer to a `HEAD` has no body whatever its header says.
    func readResponse(to method: String = "GET") async throws -> ClientResponse {
        var interim: [ClientResponse] = []
        while true {
            var response = try await readHeader()
            if response.status < 200 {
                interim.append(response)
                continue
            }
            response.interimAnswers = interim
            if method != "HEAD", response.status != 204, response.status != 304 {
                response.body = try await readBody(of: response)
            }
            return response
        }
    }

    private func readHeader() async throws -> ClientResponse {
        let header = try await read(until: "\r\n\r\n")
        let lines = header.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard header.hasSuffix("\r\n\r\n"), words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw Ended(received: header)
        }
        let fields = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return (String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        return ClientResponse(status: status, fields: fields, body: [])
    }

    private func readBody(of response: ClientResponse) async throws -> [UInt8] {
        if let length = response["Content-Length"].flatMap({ Int($0) }) { return try await read(count: length) }
        guard response["Transfer-Encoding"] == "chunked" else { return await readToEnd() }
        var body: [UInt8] = []
        while true {
            let line = try await read(until: "\r\n")
            // The two characters at the end of a line are one to Swift.
            guard let count = Int(line.dropLast(), radix: 16) else { throw Ended(received: line) }
            body += try await read(count: count)
            _ = try await read(count: 2)
            if count == 0 { return body }
        }
    }
}
