import BlobStorageS3
import SessionCore
import UploadCore
import UploadSimulation
import UploadTestKit

/// The end of a history: what was told holds, every upload can be finished, and nothing stays that belongs to nobody.
extension ClusterHistory {
    func rest(_ cluster: Cluster) async throws {
        let (world, bucket) = (cluster.world, cluster.bucket)
        try cluster.restart(kills: endsWithKills)
        var faults = SimulatedBucket.Faults.none
        faults.undeleted = self.faults.undeleted
        bucket.setFaults(faults)
        do {
            try await Examination(world, cluster.next().service).run()
            try await completeSome(cluster)
            try await deriveRest(cluster)
            try await sweep(cluster)
            bucket.setFaults(.none)
            bucket.settle()
            try await Examination(world, cluster.next().service).run()
            try await requireExactObjects(cluster)
        } catch let error as UploadError {
            throw Violation("at rest: \(error.debugDescription)")
        }
    }

    /// Finishes half of the pending uploads, each request through any node.
    private func completeSome(_ cluster: Cluster) async throws {
        let world = cluster.world
        for upload in world.expectations where upload.isPlain && world.draw({ $0.chance(0.5) }) {
            guard let record = try? await cluster.next().service.sessions.get(upload.id),
                record.session.meta.status.isPending
            else { continue }
            do {
                try await Examination(world, cluster.next().service).complete(upload, record)
                world.count("complete at rest", "ok")
            } catch let error as UploadError where [.quotaExceeded, .tooMany].contains(error.code) {
                world.count("complete at rest", error.code.rawValue)
            }
        }
    }

    /// Lets the nodes derive what is pending, while time passes.
    private func deriveRest(_ cluster: Cluster) async throws {
        let world = cluster.world
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.derive() }
            var rounds = 0
            while cluster.catalogue.hasPendingDerivations {
                rounds += 1
                guard rounds < 1_000 else { throw Violation("derivations stay pending") }
                for _ in 0..<20 { await Task.yield() }
                world.advance(milliseconds: 5_000)
            }
            group.cancelAll()
        }
        world.count("derive at rest", "ok")
    }

    /// Lets time pass, and late PUTs arrive, until the catalogue has no key that is announced or garbage.
    private func sweep(_ cluster: Cluster) async throws {
        let (world, bucket) = (cluster.world, cluster.bucket)
        var rounds = 0
        while cluster.catalogue.segments.hasOthers {
            rounds += 1
            guard rounds < 20 else { throw Violation("keys stay announced or garbage") }
            world.advance(milliseconds: Cluster.announcementLifetime)
            while bucket.hasLatePuts, world.draw({ $0.chance(0.2) }) { bucket.arrive() }
            var attempts = 0
            while true {
                attempts += 1
                do throws(UploadError) {
                    try await world.noteExpired(cluster.next().service.maintenance.expire())
                    break
                } catch {
                    // Of many objects there are always some that are not deleted yet.
                    if attempts == 10 { bucket.setFaults(.none) }
                    guard error.code == .unavailable, attempts < 20 else { throw error }
                }
            }
        }
        while bucket.hasLatePuts { bucket.arrive() }
    }

    /// Requires an object of the right size for every recorded segment, and no others except those of PUTs that arrived
    /// after all deletions of their keys.
    private func requireExactObjects(_ cluster: Cluster) async throws {
        let problems = try await cluster.catalogue.problems()
        guard problems.isEmpty else { throw Violation("the catalogue has problems: \(problems)") }
        var stored: [ObjectKey: UInt64] = [:]
        let blobs = cluster.next().blobs
        var last: String?
        repeat {
            let page = try await blobs.storedSegments(after: last)
            if let object = page.unknownObjects.first { throw Violation("an object has the name \(object.name)") }
            for segment in page.segments { stored[segment.key] = segment.byteCount }
            last = page.next
        } while last != nil
        for segment in cluster.catalogue.segments.recorded {
            guard let size = stored.removeValue(forKey: segment.key) else {
                throw Violation("the recorded segment \(segment.key.digest.hex) has no object")
            }
            guard size == UInt64(segment.range.count) else {
                throw Violation("segment \(segment.key.digest.hex) has \(size) instead of \(segment.range.count) bytes")
            }
        }
        for key in stored.keys {
            let name = blobs.path(ofSegment: key)
            guard cluster.bucket.isBeyond(deletions: Cluster.removalDelays.count + 1, name) else {
                throw Violation("the object \(name) belongs to nothing")
            }
            cluster.world.count("late PUT", "stays")
        }
    }
}
