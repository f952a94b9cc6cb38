import DurableFiles
import Glibc
import ImagingPool
import NativeWire
import NIOCore
import SessionCore
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
    let observer: @Sendable (TransferProgress) -> Void

    enum Outcome: Sendable {
        case made(MemoryDocument)
        /// The server has the original and will make the memory.
        case waiting(upload: String)
    }

    func run() async throws -> Outcome {
        switch pipeline {
        case .server: return .waiting(upload: try await putOriginal(derive: Recipe.photo.name).upload)
        case .local(let pool): return .made(try await makeMemory(pool))
        }
    }

    private func putOriginal(derive: String) async throws -> FinishedDocument {
        var options = options
        options.name = photo.name
        options.type = photo.mediaType
        options.derive = derive
        if derive != "none" { options.companions = companions }
        return try await client.put(.file(photo.path), options: options, resume: resume, onProgress: observer)
    }

    // MARK: - Deriving on this machine

    /// Everything about the memory except the original.
    private struct Derived: Sendable {
        var memory = NewMemoryDocument()
        /// The original's size.
        var width: UInt32?
        var height: UInt32?
    }

    private func makeMemory(_ pool: ImagingPool) async throws -> MemoryDocument {
        async let derivatives = putDerivatives(pool)
        let original = try await putOriginal(derive: "none")
        let derived = try await derivatives
        var memory = derived.memory
        memory.title = photo.name
        memory.type = Recipe.photo.name
        let asset = NewAssetDocument(
            kind: AssetKind.original.name, blob: original.blob, width: derived.width, height: derived.height)
        let others = companions.map { NewAssetDocument(kind: $0.kind, blob: $0.blob) }
        memory.assets = [asset] + (memory.assets ?? []) + others
        // The key ties the memory to the upload, so that repeated requests create it once.
        return try await client.createMemory(memory, in: options.capsule, key: "photo \(original.upload)")
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
                    description: "Only the original: \(error.reason).", takenAt: takenAt(error.takenAt)))
        }
        async let display = put(photos.display, .display)
        async let thumb = put(photos.thumb, .thumb)
        let placeholder = NewInlineAssetDocument(
            kind: AssetKind.placeholder.name, type: photos.placeholder.contentType,
            data: WireBytes(photos.placeholder.bytes), width: photos.placeholder.width,
            height: photos.placeholder.height)
        let memory = NewMemoryDocument(
            description: photos.note.map { $0.reason + "." },
            takenAt: takenAt(photos.takenAt), thumbhash: WireBytes(photos.thumbHash),
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
