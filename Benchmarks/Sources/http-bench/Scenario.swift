import Measuring

/// The scenarios in the order in which they run.
enum Scenario: String, CaseIterable {
    case large, many, small, tls, tusLarge = "tus-large", tusMany = "tus-many", tusSmall = "tus-small",
        resumableLarge = "resumable-large", resumableMany = "resumable-many",
        connections, download, latency,
        clusterLarge = "cluster-large", clusterMany = "cluster-many", clusterLatency = "cluster-latency",
        clusterSmall = "cluster-small", clusterDownload = "cluster-download", clusterPending = "cluster-pending",
        clusterNodes = "cluster-nodes"

    /// Those of a cluster need PostgreSQL, and `wharf`.
    static let ofCluster: [Scenario] = [
        .clusterLarge, .clusterMany, .clusterLatency, .clusterSmall, .clusterDownload, .clusterPending, .clusterNodes,
    ]
    static let ofServers = allCases.filter { !ofCluster.contains($0) }

    var title: String {
        switch self {
        case .large: "One upload of 2 GiB in chunks of 64 MiB"
        case .many: "64 uploads of 16 MiB at once"
        case .small: "Uploads of 4 KiB, 16 connections"
        case .tls: "Uploads of 1 GiB over TLS 1.3"
        case .tusLarge: "tus: one upload of 2 GiB in `PATCH`es of 64 MiB"
        case .tusMany: "tus: 64 uploads of 16 MiB at once in `PATCH`es of 4 MiB"
        case .tusSmall: "tus: uploads of 4 KiB with their creation, 16 connections"
        case .resumableLarge: "IETF resumable uploads: one upload of 2 GiB in `PATCH`es of 64 MiB"
        case .resumableMany: "IETF resumable uploads: 64 uploads of 16 MiB at once in `PATCH`es of 4 MiB"
        case .connections: "2,000 connections half way through a body"
        case .download: "Downloads of 2 GiB"
        case .latency: "`GET /healthz` beside four uploads without a pause"
        case .clusterLarge: "A node of a cluster: one upload of 1 GiB in chunks of 64 MiB"
        case .clusterMany: "A node of a cluster: 64 uploads of 16 MiB at once"
        case .clusterLatency: "A node of a cluster: acknowledgements of chunks of 1 MiB"
        case .clusterSmall: "A node of a cluster: uploads of 4 KiB, 16 connections"
        case .clusterDownload: "A node of a cluster: downloads of 1 GiB"
        case .clusterPending: "Begin beside a million pending uploads"
        case .clusterNodes: "One, two and three nodes of a cluster"
        }
    }

    func run(_ bench: Bench) async throws -> Outcome {
        switch self {
        case .large: try await LargeUploads(bench: bench, shape: bench.sized(.chunked)).run()
        case .many: try await LargeUploads(bench: bench, shape: bench.sized(.concurrent)).run()
        case .small: try await SmallUploads(bench: bench).run()
        case .tls: try await TLSUploads(bench: bench).run()
        case .tusLarge: try await TusLargeUploads(bench: bench, shape: bench.sized(.tusOne)).run()
        case .tusMany: try await TusLargeUploads(bench: bench, shape: bench.sized(.tusMany)).run()
        case .tusSmall: try await TusSmallUploads(bench: bench).run()
        case .resumableLarge: try await ResumableUploads(bench: bench, shape: bench.sized(.tusOne)).run()
        case .resumableMany: try await ResumableUploads(bench: bench, shape: bench.sized(.tusMany)).run()
        case .connections: try HalfBodies(bench).run()
        case .download: try await Downloads(bench: bench).run()
        case .latency: try await Latencies(bench).run()
        case .clusterLarge: try await ClusterUploads(bench: bench, shape: bench.sized(.clusterOne)).run()
        case .clusterMany: try await ClusterUploads(bench: bench, shape: bench.sized(.concurrent)).run()
        case .clusterLatency: try await ClusterAcknowledgements(bench).run()
        case .clusterSmall: try await ClusterSmallUploads(bench: bench).run()
        case .clusterDownload: try await ClusterDownloads(bench: bench).run()
        case .clusterPending: try await ManyPending(bench).run()
        case .clusterNodes: try await ClusterNodes(bench).run()
        }
    }
}
