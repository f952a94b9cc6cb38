import Glibc
import Measuring
import UploadCore

/// Nodes over PostgreSQL and a bucket.
struct Cluster: Sendable {
    let postgres: Postgres
    let bucket: any Bucket
    let nodes: [Node]

    /// The first node, which often is the only one.
    var node: Node { nodes[0] }
}

extension Bench {
    /// Runs `body` with an empty cluster.
    ///
    /// - Parameter bucket: Makes the bucket, with a directory for its files.
    func withCluster<Value>(
        nodes count: Int = 1,
        bucket: (_ directory: String) throws(BenchError) -> any Bucket = Self.stub,
        _ body: (Cluster) async throws -> Value
    ) async throws -> Value {
        let name = "cluster-\(nextName())"
        defer {
            scratch.remove(name + "-postgres")
            scratch.remove(name + "-bucket")
        }
        Credentials.export()
        // PostgreSQL is another user.
        chmod(scratch.path, 0o711)
        let postgres = try Postgres(in: "\(scratch.path)/\(name)-postgres")
        defer { postgres.stop() }
        let bucket = try bucket("\(scratch.path)/\(name)-bucket")
        defer { bucket.stop() }
        var nodes: [Node] = []
        defer { for node in nodes { node.server.stop() } }
        for _ in 0..<count {
            nodes.append(
                try Node(
                    options.wharf, .cluster(catalogue: postgres.uri(), objects: bucket.location),
                    log: nodeLog))
        }
        return try await body(Cluster(postgres: postgres, bucket: bucket, nodes: nodes))
    }

    /// What all nodes print.
    var nodeLog: String { scratch.path + "/nodes.log" }

    static func stub(_ directory: String) throws(BenchError) -> any Bucket { try StubBucket() }

    /// Runs `body` with a server over an empty directory.
    func withSingle<Value>(
        _ durability: Durability, _ body: (Node) async throws -> Value
    ) async throws -> Value {
        let name = "single-\(nextName())"
        defer { scratch.remove(name) }
        let node = try Node(
            options.wharf, .directory("\(scratch.path)/\(name)", durability), log: nodeLog)
        defer { node.server.stop() }
        return try await body(node)
    }

    /// Runs `body` with a server over a directory at each durability, beside a cluster of one node over the stub.
    func withSinglesAndCluster<Value>(
        _ body: (_ single: [Durability: Node], Cluster) async throws -> Value
    ) async throws -> Value {
        try await withSingle(.powerLoss) { powerLoss in
            try await withSingle(.processCrash) { processCrash in
                try await withCluster { cluster in
                    try await body([.powerLoss: powerLoss, .processCrash: processCrash], cluster)
                }
            }
        }
    }
}
