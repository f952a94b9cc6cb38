import Measuring

/// The volume of an upload scenario and its division into requests.
struct UploadShape {
    let connections: Int
    /// Requests per connection, one after the other.
    let chunks: Int
    let chunkBytes: Int
    /// Whether the requests are chunks of one upload, instead of an upload each.
    let isChunked: Bool

    static let chunked = UploadShape(connections: 1, chunks: 32, chunkBytes: 64 << 20, isChunked: true)
    static let concurrent = UploadShape(connections: 64, chunks: 1, chunkBytes: 16 << 20, isChunked: false)
    static let clusterOne = UploadShape(connections: 1, chunks: 16, chunkBytes: 64 << 20, isChunked: true)
    static let tusOne = chunked
    static let tusMany = UploadShape(connections: 64, chunks: 4, chunkBytes: 4 << 20, isChunked: true)

    var quick: UploadShape {
        UploadShape(connections: connections, chunks: chunks, chunkBytes: chunkBytes / 16, isChunked: isChunked)
    }

    var gibibytes: Double { Double(connections * chunks * chunkBytes) / Double(1 << 30) }
}

extension Bench {
    private static let smallConnections = 16
    private static let smallPayload = Wire.Payload(of: 4096)

    /// The shape, or the reduced one in a quick run.
    func sized(_ shape: UploadShape) -> UploadShape { size(shape, quick: shape.quick) }

    /// Uploads of a shape. Their deletion is not measured.
    func uploads(_ name: String, _ peer: some Peer, _ shape: UploadShape) -> Leg {
        let payload = Wire.Payload(of: shape.chunkBytes)
        return Leg(name) {
            let wires = try (0..<shape.connections).map { _ in try peer.connect() }
            let targets = Targets()
            let cost = try peer.server.cost {
                try onThreads(shape.connections) { thread throws(BenchError) in
                    let wire = wires[thread]
                    if shape.isChunked {
                        targets.add(try peer.put(chunks: shape.chunks, of: payload, on: wire))
                    } else {
                        for _ in 0..<shape.chunks { targets.add([try peer.put(payload, on: wire)]) }
                    }
                }
                return shape.gibibytes
            }
            try peer.remove(targets.all)
            scratch.settle()
            peer.server.settle()
            return cost
        }
    }

    /// Uploads of 4 KiB in one request each, on 16 persistent connections.
    func wholes(_ name: String, _ peer: some Peer, _ count: Int) -> Leg {
        small(name, peer, count) { wire throws(BenchError) in _ = try peer.put(Self.smallPayload, on: wire) }
    }

    /// Uploads of 4 KiB in one chunk each, with their begin and their finish, on 16 persistent connections.
    func chunked(_ name: String, _ peer: some Peer, _ count: Int) -> Leg {
        small(name, peer, count) { wire throws(BenchError) in
            _ = try peer.put(chunks: 1, of: Self.smallPayload, on: wire)
        }
    }

    private func small(
        _ name: String, _ peer: some Peer, _ count: Int,
        _ upload: @escaping @Sendable (Wire) throws(BenchError) -> Void
    ) -> Leg {
        Leg(name) {
            let wires = try (0..<Self.smallConnections).map { _ in try peer.connect() }
            let next = Counter()
            let cost = try peer.server.cost {
                try onThreads(Self.smallConnections) { thread throws(BenchError) in
                    while next.take(below: count) != nil { try upload(wires[thread]) }
                }
                return Double(count)
            }
            peer.server.settle()
            return cost
        }
    }
}
