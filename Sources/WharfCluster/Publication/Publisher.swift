import BlobStorageS3
import CataloguePostgres
import UploadCore

/// Publishes the blobs of a cluster, one after another, beside everything else that a node does, and removes the objects of
/// those that have ended. Each node has one. A publication is claimed by one node. Removals are
/// not: nodes may repeat each other's, which changes nothing.
struct Publisher: Sendable {
    /// Removals at a time.
    static let removalsMax = 100
    /// Uploads that are examined at once for what was committed before the setting.
    static let earlierMax = 1000
    /// Between two attempts to remove an object.
    static let removalDelayMilliseconds: Int64 = 600_000

    let uploads: ClusterStore.Service
    let catalogue: CataloguePostgres
    let blobs: S3BlobStore
    /// Nil for a node that publishes nothing.
    let policy: PublicationPolicy?
    let report: @Sendable (PublicationEvent) -> Void
    /// Called before each step of an attempt; tests stop there.
    var willStep: @Sendable (PublicationStep) async throws(UploadError) -> Void = { _ in }

    /// Runs until its task is cancelled. An attempt in progress is released, and not counted.
    ///
    /// - Parameter pause: Waits for a number of milliseconds; throws when its task is cancelled.
    func run(pause: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void) async {
        // Each loop is woken by itself: one that works on a large blob holds up no other.
        let loops = (0..<(policy?.atOnce ?? 0)).map { _ in
            AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        }
        let wake = { @Sendable [wakers = loops.map(\.continuation)] in
            for waker in wakers { waker.yield() }
        }
        catalogue.publicationSignal.listen(wake)
        defer { catalogue.publicationSignal.listen(nil) }
        let interval = policy?.intervalMilliseconds ?? PublicationPolicy.removalMilliseconds
        await withDiscardingTaskGroup { group in
            group.addTask {
                repeat { await removeDue() } while (try? await pause(interval)) != nil
            }
            // By itself: a capsule of many blobs takes long to remove.
            group.addTask {
                repeat { wake() } while (try? await pause(interval)) != nil
            }
            if policy != nil {
                group.addTask {
                    var abandoned: Set<MultipartUpload> = []
                    repeat {
                        abandoned = await abortAbandoned(abandoned)
                    } while (try? await pause(PublicationPolicy.abandonedMilliseconds)) != nil
                }
            }
            for loop in loops {
                group.addTask {
                    for await _ in loop.stream { await publishDue() }
                }
            }
        }
    }

    /// Removes the objects whose blobs have ended.
    func removeDue() async {
        await reporting { () throws(UploadError) in try await removeEnded() }
    }

    /// Publishes until nothing is left, or the catalogue fails.
    func publishDue() async {
        guard let policy else { return }
        await reporting { () throws(UploadError) in
            try await catalogue.beginPublishing()
            while try await publishNext(policy) {}
        }
    }

    /// - Returns: Whether there may be more to do.
    func publishNext(_ policy: PublicationPolicy) async throws(UploadError) -> Bool {
        if Task.isCancelled { return false }
        let blobs = blobs
        let publication = try await catalogue.startPublication { subject in
            blobs.publishedName(
                of: subject.upload, in: subject.capsule, fileName: subject.fileName, below: policy.prefix)
        }
        guard let publication else {
            // What is committed now goes before what was committed earlier.
            return try await catalogue.addEarlierPublications(limit: Self.earlierMax)
        }
        try await perform(publication, policy)
        return true
    }

    func removeEnded() async throws(UploadError) {
        while !Task.isCancelled {
            let objects = try await catalogue.unpublished(limit: Self.removalsMax)
            for object in objects {
                do throws(UploadError) {
                    try await blobs.removePublished(object.name, multipart: object.multipart)
                } catch {
                    if Task.isCancelled { return }
                    try await catalogue.postpone(object, milliseconds: Self.removalDelayMilliseconds)
                    report(.removalFailed(name: object.name.withoutFileName, reason: error.debugDescription))
                    continue
                }
                try await catalogue.forget(object)
                report(.removed(name: object.name.withoutFileName))
            }
            guard objects.count == Self.removalsMax else { return }
        }
    }

    func reporting(_ body: () async throws(UploadError) -> Void) async {
        do throws(UploadError) {
            try await body()
        } catch {
            if !Task.isCancelled { report(.failed(reason: error.debugDescription)) }
        }
    }
}
