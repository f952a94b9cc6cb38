import DurableFiles
import ImagingPool
import NIOCore
import NativeWire
import SessionCore
import UploadClient
import UploadCore

/// One photo on its way to being a memory.
struct PhotoUpload: Sendable {
    let client: UploadClient
    let photo: PhotoFile
    let lane: PhotoLane
    let options: PutOptions
    let resume: ResumeStore?
    let tell: @Sendable (TransferProgress) -> Void

    enum Outcome: Sendable {
        case made(MemoryDocument)
        /// The server has the original and makes the memory.
        case waiting(upload: String)
    }

    func run() async throws -> Outcome {
        switch lane {
        case .server: return .waiting(upload: try await putOriginal(derive: Recipe.photo.name).upload)
        case .here(let pool): return .made(try await makeMemory(pool))
        }
    }

    private func putOriginal(derive: String) async throws -> FinishedDocument {
        var options = options
        options.name = photo.name
        options.type = photo.mediaType
        options.derive = derive
        return try await client.put(.file(path: photo.path), options: options, resume: resume, onProgress: tell)
    }

    // MARK: - Both lanes from here

    /// What there is besides the original.
    private struct Derived: Sendable {
        var memory = NewMemoryDocument()
        /// Of the original.
        var width: UInt32?
        var height: UInt32?
    }

    private func makeMemory(_ pool: ImagingPool) async throws -> MemoryDocument {
        async let lane = putDerivatives(pool)
        let original = try await putOriginal(derive: "none")
        let derived = try await lane
        var memory = derived.memory
        memory.title = photo.name
        memory.type = Recipe.photo.name
        let asset = NewAssetDocument(
            kind: AssetKind.original.name, blob: original.blob, width: derived.width, height: derived.height)
        memory.assets = [asset] + (memory.assets ?? [])
        // However often the answer is lost, an upload becomes one memory.
        return try await client.createMemory(memory, in: options.capsule, key: "photo \(original.upload)")
    }

    /// A file that cannot be derived becomes a memory of the original alone, which says why.
    private func putDerivatives(_ pool: ImagingPool) async throws -> Derived {
        let photos: PhotoDerivatives
        do throws(DerivationFailure) {
            photos = try await derive(pool)
        } catch {
            try Task.checkCancellation()
            return Derived(memory: NewMemoryDocument(description: "Only the original: \(error.reason)."))
        }
        async let display = put(photos.display, .display)
        async let thumb = put(photos.thumb, .thumb)
        let placeholder = NewInlineAssetDocument(
            kind: AssetKind.placeholder.name, type: photos.placeholder.contentType,
            data: WireBytes(photos.placeholder.bytes), width: photos.placeholder.width,
            height: photos.placeholder.height)
        let memory = NewMemoryDocument(
            takenAt: photos.takenAt.flatMap { Timestamp(exif: $0) }.map { WireTime($0) },
            thumbhash: WireBytes(photos.thumbHash), assets: try await [display, thumb], inlineAssets: [placeholder])
        return Derived(memory: memory, width: photos.width, height: photos.height)
    }

    private func derive(_ pool: ImagingPool) async throws(DerivationFailure) -> PhotoDerivatives {
        let path = photo.path
        let file = try await ThreadPool(name: "wharf-photo", threads: 1).run { () throws(DerivationFailure) in
            try OpenPhoto(path: path)
        }
        return try await pool.derive(
            PhotoSource(size: photo.size, file: file) { _ throws(UploadError) in
                throw UploadError(.unavailable(detail: "a photo of this machine is read from its file"))
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
