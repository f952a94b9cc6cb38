import DeliberateFaults
import UploadCore

/// Stores segments as objects. Each attempt has a key of its own: an object whose PUT has an unknown outcome may still
/// appear at any time, and nothing refers to it.
struct SegmentWriter: Sendable {
    let client: S3Client
    let keys: AnnouncedKeys
    let memory: SegmentMemory
    let settings: S3Settings
    /// Where segments are stored while their writers go on; nil for the default.
    let executor: (any TaskExecutor)?

    var engine: S3Engine { client.location.engine }

    /// Stores a segment, with retries, and gives its memory back.
    func store(_ segment: Segment) async -> Result<StorageReceipt, UploadError> {
        defer { memory.stored(pages: segment.pages.count) }
        do throws(UploadError) {
            return .success(try await put(segment))
        } catch {
            if DeliberateFault.acknowledgeFailedPuts.isOn, let key = try? await keys.take() {
                return .success(StorageReceipt(range: segment.range, key: key))
            }
            return .failure(error)
        }
    }

    private func put(_ segment: Segment) async throws(UploadError) -> StorageReceipt {
        var retries = client.retries
        var key = try await keys.take()
        while true {
            do throws(S3Failure) {
                try await client.put(key, segment)
                return StorageReceipt(range: segment.range, key: key)
            } catch {
                let subject = "storing bytes \(segment.range.lowerBound) to \(segment.range.upperBound)"
                guard error.kind != .missing else {
                    // Nothing is missing in the bucket: the request did not reach it.
                    throw UploadError(.unavailable(detail: "\(subject): \(error.detail)"))
                }
                try await retries.pause(after: error, subject)
            }
            if !DeliberateFault.reuseKeys.isOn { key = try await keys.take() }
        }
    }
}
