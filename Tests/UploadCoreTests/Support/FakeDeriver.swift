import Synchronization
import UploadCore
import UploadDerivation

/// Derives what the test says, after reading the photo, and remembers what it was asked.
final class FakeDeriver: PhotoDeriver {
    private let plan: @Sendable (_ photo: [UInt8]) async throws(DerivationFailure) -> PhotoDerivatives
    private let photos = Mutex<[[UInt8]]>([])

    init(
        _ plan: @escaping @Sendable (_ photo: [UInt8]) async throws(DerivationFailure) -> PhotoDerivatives = {
            (_) throws(DerivationFailure) in .sample
        }
    ) {
        self.plan = plan
    }

    /// What was derived, in order.
    var asked: [[UInt8]] { photos.withLock { $0 } }

    func derive(_ photo: PhotoSource) async throws(DerivationFailure) -> PhotoDerivatives {
        guard let bytes = try? await photo.read(0..<photo.size) else {
            throw DerivationFailure(.unavailable, "the photo cannot be read")
        }
        photos.withLock { $0.append(bytes) }
        return try await plan(bytes)
    }
}

extension PhotoDerivatives {
    static let sample = sample(takenAt: CaptureTime(localMilliseconds: 1_714_566_600_000), ["image/jpeg"], nil)

    static func sample(takenAt: CaptureTime?, _ mediaTypes: [String], _ note: DerivationNote?) -> PhotoDerivatives {
        PhotoDerivatives(
            width: 4000, height: 3000,
            display: Rendition(bytes: content(200_000), contentType: "image/webp", width: 2048, height: 1536),
            thumb: Rendition(bytes: content(300, from: 1), contentType: "image/webp", width: 512, height: 384),
            placeholder: Rendition(bytes: content(30, from: 2), contentType: "image/webp", width: 32, height: 24),
            thumbHash: [1, 2, 3, 4, 5], takenAt: takenAt, mediaTypes: mediaTypes, note: note)
    }
}
