import SessionCore

extension DerivationRunner {
    /// One attempt, to its recorded end.
    func attempt(_ id: SessionId) async {
        do throws(UploadError) {
            guard let derivation = try await uploads.catalogue.startDerivation(of: id),
                let blob = try await uploads.catalogue.blob(BlobId(id))?.blob
            else { return }
            try await attempt(derivation, blob)
        } catch {
            report(.failed(error))
            await postpone(id, reason: "the store could not do this just now", takesAttemptBack: true)
        }
    }

    private func attempt(_ derivation: Derivation, _ blob: Blob) async throws(UploadError) {
        guard derivation.attempts <= policy.attemptsMax else {
            let reason = derivation.reason ?? "each attempt was interrupted"
            return try await make(derivation, nil, derivationError: reason)
        }
        let derivatives: PhotoDerivatives
        do throws(DerivationFailure) {
            derivatives = try await derive(blob)
        } catch {
            return try await settle(derivation, error)
        }
        do throws(UploadError) {
            try await make(derivation, derivatives, derivationError: nil)
        } catch {
            // A budget that is used up, a limit that was lowered: another attempt has the same end.
            guard [.tooLarge, .invalidArgument, .idempotencyConflict].contains(error.code) else { throw error }
            try await make(derivation, nil, derivationError: "its derivatives cannot be stored: \(error.description)")
        }
    }

    private func settle(_ derivation: Derivation, _ failure: DerivationFailure) async throws(UploadError) {
        if Task.isCancelled {
            await postpone(derivation.upload, reason: nil, until: uploads.now(), takesAttemptBack: true)
            return
        }
        switch failure.cause {
        case .file: try await make(derivation, nil, derivationError: failure.reason)
        case .worker where derivation.attempts >= policy.attemptsMax:
            try await make(derivation, nil, derivationError: failure.reason)
        case .worker:
            let next = policy.nextAttempt(after: derivation.attempts, at: uploads.now())
            await postpone(derivation.upload, reason: failure.reason, until: next)
        case .unavailable: await postpone(derivation.upload, reason: failure.reason, takesAttemptBack: true)
        }
    }

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

    /// The file of a blob whose bytes lie in one, from its beginning to its end.
    private func openOriginal(of blob: Blob) async throws(DerivationFailure) -> (any OpenFile)? {
        guard let files, blob.extents.count == 1, let extent = blob.extents.first, extent.storage == .file
        else { return nil }
        do throws(UploadError) {
            return try await files.openFile(extent.key, length: extent.length)
        } catch {
            throw DerivationFailure(reading: error)
        }
    }

    private func postpone(
        _ id: SessionId, reason: String?, until time: Timestamp? = nil, takesAttemptBack: Bool = false
    ) async {
        let time = time ?? uploads.now().advanced(byMilliseconds: policy.unavailableMilliseconds)
        do throws(UploadError) {
            try await uploads.catalogue.postponeDerivation(
                of: id, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
            if let reason { report(.postponed(id, reason: reason)) }
        } catch {
            // It is still pending, and begins again with the next look at the catalogue.
            report(.failed(error))
        }
    }
}
