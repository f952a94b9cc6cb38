import SessionCore
import UploadCore
import UploadMemories

extension DerivationRunner {
    /// Makes one attempt at a derivation and records its outcome.
    func process(_ id: SessionId) async {
        var started: Derivation?
        do throws(UploadError) {
            guard let derivation = try await uploads.catalogue.startDerivation(of: id) else { return }
            started = derivation
            guard let blob = try await uploads.catalogue.blob(BlobId(id))?.blob else { return }
            try await attempt(derivation, blob)
        } catch {
            report(.failed(error))
            // If the start itself failed, no attempt is known to be counted, and taking one back would remove an
            // earlier one.
            await postpone(
                id, attempt: started?.attempts, reason: "the store could not do this just now",
                takesAttemptBack: started != nil)
        }
    }

    private func attempt(_ derivation: Derivation, _ blob: Blob) async throws(UploadError) {
        guard derivation.attempts <= policy.attemptsMax else {
            let reason = derivation.reason ?? "each attempt was interrupted"
            return try await makeMemory(derivation, nil, DerivationFailure(.worker, reason))
        }
        let derivatives: PhotoDerivatives
        do throws(DerivationFailure) {
            derivatives = try await cache.derivatives(of: DerivativesCache.Key(of: blob, by: derivation.caller)) {
                () throws(DerivationFailure) in try await derive(blob)
            }
        } catch {
            return try await recover(derivation, from: error)
        }
        do throws(UploadError) {
            try await makeMemory(derivation, derivatives, nil)
        } catch {
            // An exhausted quota or budget, or a lowered limit: another attempt would fail the same way.
            let final: [UploadError.Code] = [.tooLarge, .quotaExceeded, .invalidArgument, .idempotencyConflict]
            guard final.contains(error.code) else { throw error }
            let reason = "its derivatives cannot be stored: \(error.description)"
            try await makeMemory(
                derivation, nil,
                DerivationFailure(
                    .file, reason, takenAt: derivatives.takenAt, mediaTypes: derivatives.mediaTypes))
        }
    }

    private func recover(_ derivation: Derivation, from failure: DerivationFailure) async throws(UploadError) {
        if Task.isCancelled {
            await postpone(
                derivation.upload, attempt: derivation.attempts, reason: nil, until: uploads.now(),
                takesAttemptBack: true)
            return
        }
        switch failure.cause {
        case .file, .damaged: try await makeMemory(derivation, nil, failure)
        case .worker where derivation.attempts >= policy.attemptsMax:
            try await makeMemory(derivation, nil, failure)
        case .worker:
            let next = policy.nextAttempt(after: derivation.attempts, at: uploads.now())
            await postpone(derivation.upload, attempt: derivation.attempts, reason: failure.reason, until: next)
        case .unavailable:
            await postpone(
                derivation.upload, attempt: derivation.attempts, reason: failure.reason, takesAttemptBack: true)
        }
    }

    private func postpone(
        _ id: SessionId, attempt: Int?, reason: String?, until time: Timestamp? = nil, takesAttemptBack: Bool = false
    ) async {
        let time = time ?? uploads.now().advanced(byMilliseconds: policy.unavailableMilliseconds)
        do throws(UploadError) {
            try await uploads.catalogue.postponeDerivation(
                of: id, attempt: attempt, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
            if let reason { report(.postponed(id, reason: reason)) }
        } catch {
            // It stays pending, and the next query of the catalogue finds it.
            report(.failed(error))
        }
    }

    // MARK: - Deriving

    private func derive(_ blob: Blob) async throws(DerivationFailure) -> PhotoDerivatives {
        let file = try await openOriginal(of: blob)
        defer { file?.close() }
        let uploads = uploads
        let source = PhotoSource(size: blob.size, file: file) { range throws(UploadError) in
            var reader = uploads.reader(of: blob.slices(range))
            return try await reader.readAll()
        }
        return try await deriver.derive(source)
    }

    /// The file of a blob that is stored as exactly one file; nil for any other.
    private func openOriginal(of blob: Blob) async throws(DerivationFailure) -> (any OpenFile)? {
        guard let files, blob.extents.count == 1, let extent = blob.extents.first, extent.storage == .file
        else { return nil }
        do throws(UploadError) {
            return try await files.openFile(extent.key, length: extent.length)
        } catch {
            throw DerivationFailure(reading: error)
        }
    }

    // MARK: - Storing

    /// Stores the derivatives and creates the memory. Without derivatives it has the original alone, and the reason.
    private func makeMemory(
        _ derivation: Derivation, _ derivatives: PhotoDerivatives?, _ failure: DerivationFailure?
    ) async throws(UploadError) {
        var assets = [
            AssetDraft(
                kind: .original, content: .blob(BlobId(derivation.upload)), width: derivatives?.width,
                height: derivatives?.height)
        ]
        var stored: [BlobId] = []
        do throws(UploadError) {
            if let derivatives {
                for (kind, rendition) in [(AssetKind.display, derivatives.display), (.thumb, derivatives.thumb)] {
                    let blob = try await uploads.store(rendition, as: kind, of: derivation)
                    stored.append(blob)
                    assets.append(AssetDraft(kind: kind, content: .blob(blob), rendition))
                }
                let placeholder = derivatives.placeholder
                assets.append(
                    AssetDraft(
                        kind: .placeholder,
                        content: .inline(placeholder.bytes, contentType: placeholder.contentType), placeholder))
            }
            let draft = try uploads.memory(of: derivation, assets, derivatives, failure)
            if let memory = try await uploads.catalogue.finishDerivation(
                of: derivation.upload, attempt: derivation.attempts, with: draft)
            {
                report(.made(memory, from: derivation.upload))
            } else {
                // The original was deleted meanwhile, or another attempt has ended the derivation or will.
                await uploads.discard(stored)
            }
        } catch {
            // After a temporary failure the next attempt reuses what is stored.
            if error.code != .unavailable && error.code != .storeFull { await uploads.discard(stored) }
            throw error
        }
    }
}

extension AssetDraft {
    fileprivate init(kind: AssetKind, content: Content, _ rendition: Rendition) {
        self.init(kind: kind, content: content, width: rendition.width, height: rendition.height)
    }
}

extension UploadService where Store: PhotoCatalogue {
    /// Stores a rendition as a blob. If an earlier attempt stored the same rendition of the same upload, returns that
    /// blob.
    fileprivate func store(
        _ rendition: Rendition, as kind: AssetKind, of derivation: Derivation
    ) async throws(UploadError) -> BlobId {
        let digest = Digest(of: rendition.bytes)
        let key = IdempotencyKey.derivedPrefix + "\(derivation.upload.text) \(kind.name) \(digest.hex)".utf8
        let suffix = ".\(kind.name).webp"
        var name = derivation.asset.name
        while !name.isEmpty, UInt64(name.utf8.count + suffix.utf8.count) > limits.nameBytesMax { name.removeLast() }
        let request = BeginRequest(
            capsule: derivation.capsule, asset: AssetMetadata(name: name + suffix, contentType: rendition.contentType),
            layout: .append, length: UInt64(rendition.bytes.count), expectedDigest: digest,
            idempotencyKey: IdempotencyKey(bytes: key), derivation: .none)
        return BlobId(try await storeWhole(request, rendition.bytes, digest, by: derivation.caller))
    }

    fileprivate func memory(
        of derivation: Derivation, _ assets: [AssetDraft], _ derivatives: PhotoDerivatives?,
        _ failure: DerivationFailure?
    ) throws(UploadError) -> MemoryDraft {
        let now = now()
        let details = MemoryDetails(
            title: derivation.asset.name, type: derivation.recipe.name,
            takenAt: derivatives?.takenAt ?? failure?.takenAt ?? derivation.asset.modifiedAt.map { CaptureTime($0) },
            thumbHash: derivatives?.thumbHash)
        var new: [NewAsset] = []
        for asset in assets { new.append(try newAsset(asset, at: now)) }
        var companions: [NewAsset] = []
        for companion in derivation.companions {
            let asset = AssetDraft(kind: companion.kind.assetKind, content: .blob(companion.blob))
            companions.append(try newAsset(asset, at: now))
        }
        return MemoryDraft(
            id: MemoryId(ids.next(at: now)), capsule: derivation.capsule, creator: derivation.caller, details: details,
            createdAt: now, assets: new, companions: companions, key: nil,
            fingerprint: details.fingerprint(derivation.capsule, assets),
            limits: memoryLimits(of: derivation.caller), derivationError: failure?.reason,
            derivationNote: derivatives?.note,
            correctedType: derivation.correctedType((derivatives?.mediaTypes ?? failure?.mediaTypes) ?? []))
    }

    /// Deletes renditions that no memory will use.
    fileprivate func discard(_ blobs: [BlobId]) async {
        for blob in blobs {
            guard let garbage = try? await catalogue.deleteBlob(blob, at: now(), checkAccess: { _ in }) else {
                continue
            }
            await sessions.forget(blob.value)
            try? await sessions.remove(garbage)
        }
    }
}

extension Derivation {
    /// The media type of the original by its bytes, if the client claimed a different one.
    ///
    /// - Parameter types: By its bytes, the proper one first.
    fileprivate func correctedType(_ types: [String]) -> String? {
        let claimed = asset.contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        return types.contains(claimed) ? nil : types.first
    }
}
