import DurableFiles
import Glibc
import ImagingPool
import NativeWire
import NIOCore
import SessionCore
import Synchronization
import UploadClient
import UploadCore
import UploadDerivation
import UploadMemories

/// Uploads one photo and makes a memory of it.
struct PhotoUpload: Sendable {
    let client: UploadClient
    let photo: PhotoFile
    /// Stored already.
    let companions: [CompanionDocument]
    let pipeline: PhotoPipeline
    let options: PutOptions
    let resume: ResumeStore?
    /// Stores originals that are derived on this machine.
    let files: PutRun
    let observer: @Sendable (TransferProgress) -> Void

    enum Outcome: Sendable {
        case made(MemoryDocument)
        /// The server has the original and will make the memory.
        case waiting(upload: String)
    }

    func run() async throws -> Outcome {
        switch pipeline {
        case .server: return .waiting(upload: try await putToDerive())
        case .local(let pool): return .made(try await makeMemory(pool))
        }
    }

    private func putToDerive() async throws -> String {
        var options = options
        options.name = photo.name
        options.type = photo.mediaType
        options.derive = Recipe.photo.name
        options.companions = companions
        return try await client.put(.file(photo.path), options: options, resume: resume, onProgress: observer).upload
    }

    // MARK: - Deriving on this machine

    /// Everything about the memory except the original.
    private struct Derived: Sendable {
        var memory = NewMemoryDocument()
        /// The original's size.
        var width: UInt32?
        var height: UInt32?
    }

    /// An original that an earlier run stored, and did not make a memory of, is not sent again.
    ///
    /// - Returns: Its blob.
    private func putOriginal() async throws -> String {
        let outcome = Mutex<PutOutcome?>(nil)
        let observer = observer
        try await files.run(
            [photo.file], parallel: 1,
            PutObserver(
                onOutcome: { _, found in outcome.withLock { $0 = found } },
                onProgress: { _, progress in observer(progress) }))
        switch outcome.withLock(\.self) {
        case .sent(let finished), .copied(let finished, _): return finished.blob
        case .known(let blob, _): return blob
        case .failed(let error): throw error
        case nil: throw CancellationError()
        }
    }

    private func makeMemory(_ pool: ImagingPool) async throws -> MemoryDocument {
        async let derivatives = putDerivatives(pool)
        let original = try await putOriginal()
        let derived = try await derivatives
        var memory = derived.memory
        memory.title = photo.name
        memory.type = Recipe.photo.name
        let asset = NewAssetDocument(
            kind: AssetKind.original.name, blob: original, width: derived.width, height: derived.height)
        let others = companions.map { NewAssetDocument(kind: $0.kind, blob: $0.blob) }
        memory.assets = [asset] + (memory.assets ?? []) + others
        // The key ties the memory to the file, so that repeated requests create it once.
        let name = Digest(of: Array(photo.name.utf8)).hex.prefix(16)
        return try await client.createMemory(memory, in: options.capsule, key: "photo \(original) \(name)")
    }

    /// If the file cannot be derived, the memory has the original alone and states the reason.
    private func putDerivatives(_ pool: ImagingPool) async throws -> Derived {
        let photos: PhotoDerivatives
        do throws(DerivationFailure) {
            photos = try await derive(pool)
        } catch {
            try Task.checkCancellation()
            return Derived(
                memory: NewMemoryDocument(
                    takenAt: takenAt(error.takenAt), state: .originalOnly, reason: error.reason))
        }
        async let display = put(photos.display, .display)
        async let thumb = put(photos.thumb, .thumb)
        let placeholder = NewInlineAssetDocument(
            kind: AssetKind.placeholder.name, type: photos.placeholder.contentType,
            data: WireBytes(photos.placeholder.bytes), width: photos.placeholder.width,
            height: photos.placeholder.height)
        let memory = NewMemoryDocument(
            takenAt: takenAt(photos.takenAt), thumbhash: WireBytes(photos.thumbHash),
            derivation: photos.note.flatMap { MemoryDocument.Extent($0.extent) }, reason: photos.note?.reason,
            assets: try await [display, thumb], inlineAssets: [placeholder])
        return Derived(memory: memory, width: photos.width, height: photos.height)
    }

    /// The time of the file's own metadata, or of the file.
    private func takenAt(_ stated: CaptureTime?) -> WireCaptureTime? {
        (stated ?? photo.modifiedAt.map { CaptureTime($0) }).map { WireCaptureTime($0) }
    }

    private func derive(_ pool: ImagingPool) async throws(DerivationFailure) -> PhotoDerivatives {
        let path = photo.path
        let file = try await blocking { () throws(DerivationFailure) in
            try OpenPhoto(path: path)
        }
        return try await pool.derive(
            PhotoSource(size: photo.size, file: file) { _ throws(UploadError) in
                throw UploadError(.unavailable(detail: "a local photo is read from its file"))
            })
    }

    private func put(_ rendition: Rendition, _ kind: AssetKind) async throws -> NewAssetDocument {
        var options = options
        options.name = "\(photo.name).\(kind.name).webp"
        options.type = rendition.contentType
        options.derive = "none"
        let blob = try await client.put(ByteBuffer(bytes: rendition.bytes), options: options).blob
        return NewAssetDocument(kind: kind.name, blob: blob, width: rendition.width, height: rendition.height)
    }
}

/// An open local photo.
final class OpenPhoto: OpenFile {
    let descriptor: CInt

    /// Blocks.
    ///
    /// - Throws: `unavailable` if the file cannot be opened.
    init(path: LocalPath) throws(DerivationFailure) {
        descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw DerivationFailure(.unavailable, "the file cannot be opened") }
    }

    deinit {
        Glibc.close(descriptor)
    }

    func prepare(_ range: Range<UInt64>) async {}

    /// Does nothing: the descriptor is closed with the last reference.
    func close() {}
}
