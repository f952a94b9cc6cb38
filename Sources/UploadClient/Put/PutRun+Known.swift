import NativeWire

/// Files that the server has since an earlier run.
extension PutRun {
    /// What a run would do with a file.
    package enum Plan: Hashable, Sendable {
        case send
        /// The server has it as this blob.
        case skip(blob: String)
        /// The server has its bytes as this blob, and would copy them.
        case copy(blob: String)
    }

    /// What `run` would do, without sending or copying a file. Files in doubt are hashed, and those that `run` would look up.
    package func plans(for files: [PutFile]) async throws -> [Plan] {
        let known = try await knownFiles(files)
        var plans = [Plan](repeating: .send, count: files.count)
        var unknown: [HashedFile] = []
        for (number, file) in files.enumerated() {
            var entry = known[number]
            if entry == nil, inDoubt(file) != nil { entry = try? await knownByDigest(file) }
            if case .done(let blob, _)? = entry?.state {
                plans[number] = .skip(blob: blob)
            } else if asksByDigest, isLookedUp(file), let sha256 = try? await client.digest(of: file.path) {
                unknown.append(HashedFile(number: number, file: file, sha256: sha256))
            }
        }
        for start in stride(from: 0, to: unknown.count, by: UploadClient.lookupDigestsMax) {
            let page = unknown[start..<min(start + UploadClient.lookupDigestsMax, unknown.count)]
            for (number, match) in try await matches(of: Array(page)) {
                plans[number] = match.isSameFile ? .skip(blob: match.blob.blob) : .copy(blob: match.blob.blob)
            }
        }
        return plans
    }

    /// The files whose size and time are those of the journal, and whose blobs still exist.
    func knownFiles(_ files: [PutFile]) async throws -> [Int: PutJournal.Entry] {
        guard skips, let journal else { return [:] }
        var candidates: [Int: PutJournal.Entry] = [:]
        for (number, file) in files.enumerated() {
            guard let entry = journal.entry(file.journalPath), case .done = entry.state, entry.size == file.size,
                entry.modifiedNanoseconds == file.modifiedNanoseconds
            else { continue }
            candidates[number] = entry
        }
        let existing = try await existing(Array(candidates.values))
        return candidates.filter { existing.contains($0.value) }
    }

    /// The journal's entry of a file of the same size whose time differs, so that only the bytes can tell.
    func inDoubt(_ file: PutFile) -> PutJournal.Entry? {
        guard skips, let entry = journal?.entry(file.journalPath), case .done = entry.state, entry.size == file.size
        else { return nil }
        return entry
    }

    /// The entry of a file in doubt whose bytes are those that the server has, with its new time.
    func knownByDigest(_ file: PutFile) async throws -> PutJournal.Entry? {
        guard let entry = inDoubt(file), case .done(_, let sha256) = entry.state,
            try await client.digest(of: file.path) == sha256, try await !existing([entry]).isEmpty
        else { return nil }
        return PutJournal.Entry(
            path: entry.path, size: entry.size, modifiedNanoseconds: file.modifiedNanoseconds, state: entry.state)
    }

    /// The entries whose blobs exist. Nobody wants a file skipped whose blob was deleted since.
    ///
    /// The bearer of an upload link may not see blobs, and another server cannot be asked; there the journal, which is of
    /// that link alone, is right.
    func existing(_ entries: [PutJournal.Entry]) async throws -> Set<PutJournal.Entry> {
        if case .ietf(path: .some) = options.uploadProtocol { return Set(entries) }
        var found: Set<PutJournal.Entry> = []
        var rest = entries
        if features.hasLookup {
            rest = []
            for start in stride(from: 0, to: entries.count, by: UploadClient.lookupDigestsMax) {
                let page = entries[start..<min(start + UploadClient.lookupDigestsMax, entries.count)]
                do {
                    let blobs = try await client.lookUp(Array(Set(page.compactMap(\.sha256))), capsule: options.capsule)
                    let ids = Set(blobs.map(\.blob))
                    for entry in page {
                        // Of several blobs with the same bytes the answer has one.
                        if let blob = entry.blob, ids.contains(blob) { found.insert(entry) } else { rest.append(entry) }
                    }
                } catch let error as ClientError where error.code == .notFound {
                    return Set(entries)
                } catch let error as ClientError where !error.affectsAllFiles {
                    // Deduplication may be off by now.
                    rest += page
                }
            }
        }
        return found.union(try await existingByBlob(rest))
    }

    /// Asks for each blob by itself, for several at once.
    private func existingByBlob(_ entries: [PutJournal.Entry]) async throws -> Set<PutJournal.Entry> {
        try await withThrowingTaskGroup(of: PutJournal.Entry?.self) { tasks in
            var found: Set<PutJournal.Entry> = []
            for (place, entry) in entries.enumerated() {
                if place >= Self.questionsMax, let answer = try await tasks.next(), let answer { found.insert(answer) }
                tasks.addTask { try await exists(entry) ? entry : nil }
            }
            for try await case let answer? in tasks { found.insert(answer) }
            return found
        }
    }

    private static let questionsMax = 16

    private func exists(_ entry: PutJournal.Entry) async throws -> Bool {
        guard let blob = entry.blob else { return false }
        do {
            _ = try await client.meta(blob)
            return true
        } catch let error as ClientError where error.code == .notFound || error.code.rawValue == "gone" {
            return false
        }
    }
}

extension PutJournal.Entry {
    var blob: String? {
        if case .done(let blob, _) = state { blob } else { nil }
    }

    var sha256: String? {
        if case .done(_, let sha256) = state { sha256 } else { nil }
    }
}
