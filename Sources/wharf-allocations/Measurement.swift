import CAllocationProbe

/// What the server allocates for warm requests.
struct Measurement {
    let port: Int
    private static let warmUps = 300
    private static let requests = 200
    private static let smallBytes = 4096

    /// Blocks allocated for a request that stores 4 KiB as a blob.
    func smallUpload() throws(MeasurementError) -> Int {
        let request = Self.post("/v1/blobs", "application/octet-stream", [UInt8](repeating: 7, count: Self.smallBytes))
        let client = try RawClient(port: port)
        return try allocations(of: client) { _ in request }
    }

    /// Blocks allocated for an upload of 4 KiB in three requests: begin, chunk, finish.
    func threeRequests() throws(MeasurementError) -> Int {
        let begin = Self.post("/v1/uploads", "application/json", Array(#"{"name":"a","length":4096}"#.utf8))
        let client = try RawClient(port: port)
        var ids: [String] = []
        for _ in 0..<Self.warmUps + Self.requests {
            try client.send(begin)
            try client.receive()
            ids.append(try Self.id(in: client.text))
        }
        let chunk = [UInt8](repeating: 7, count: Self.smallBytes)
        let chunks = ids.map { Self.request("PUT", "/v1/uploads/\($0)/chunks/0", "application/octet-stream", chunk) }
        let ends = ids.map { Self.post("/v1/uploads/\($0)/finish", "application/json", Array("{}".utf8)) }
        return try allocations(of: client) { _ in begin } + allocations(of: client) { chunks[$0] }
            + allocations(of: client) { ends[$0] }
    }

    private func allocations(
        of client: RawClient, _ request: (Int) -> [UInt8]
    ) throws(MeasurementError) -> Int {
        var start: UInt64 = 0
        for number in 0..<Self.warmUps + Self.requests {
            if number == Self.warmUps { start = allocation_count() }
            try client.send(request(number))
            try client.receive()
        }
        return Int(allocation_count() - start) / Self.requests
    }

    // MARK: - Requests

    private static func post(_ path: String, _ type: String, _ body: [UInt8]) -> [UInt8] {
        request("POST", path, type, body)
    }

    private static func request(_ method: String, _ path: String, _ type: String, _ body: [UInt8]) -> [UInt8] {
        let head = """
            \(method) \(path) HTTP/1.1\r
            Host: localhost\r
            Content-Type: \(type)\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    private static func id(in answer: String) throws(MeasurementError) -> String {
        guard let name = answer.firstRange(of: #""id":""#) else {
            throw MeasurementError("there is no id in: \(answer)")
        }
        return String(answer[name.upperBound...].prefix { $0 != "\"" })
    }
}
