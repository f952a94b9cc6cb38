import CataloguePostgres
import CatalogueRows
import CatalogueSQLite
import SessionCore
import UploadCore

extension StoreMigration {
    private static let pageObjects = 256

    /// The end of the work on an object.
    enum Outcome: Sendable {
        case copied(bytes: UInt64)
        case failed(Fault)
    }

    /// Why the bytes of an object of the store were not copied.
    enum Fault: Sendable {
        /// They are missing, or are not those that were received.
        case damage(String)
        /// They could not be read, and may be readable later.
        case unreadable(String)

        init(_ error: UploadError) {
            self = error.code == .storeCorrupt ? .damage(error.debugDescription) : .unreadable(error.debugDescription)
        }
    }

    /// Copies the objects that are not complete in the target.
    func copyObjects(into report: inout MigrationReport) async throws(MigrationError) {
        var last: Int64 = 0
        while let page = try await objects(after: &last) {
            let known = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
                try await target.progress(of: page.map(\.seq))
            }
            for progress in known.values where progress.isComplete {
                report.objects += 1
                report.bytes += progress.through
            }
            let bytes = known.values.reduce(0) { $1.isComplete ? $0 + $1.through : $0 }
            update {
                $0.objects = report.objects + report.damaged.count + report.unreadable.count
                $0.bytes += bytes
            }
            let open = page.filter { known[$0.seq]?.isComplete != true }
            let outcomes = try await concurrently(open) { object async throws(MigrationError) in
                try await self.copy(object, from: known[object.seq] ?? .none)
            }
            for (object, outcome) in zip(open, outcomes) {
                switch outcome {
                case .copied(let bytes):
                    report.objects += 1
                    report.bytes += bytes
                    report.objectsCopied += 1
                    report.bytesCopied += bytes
                case .failed(.damage(let problem)):
                    report.damaged.append(MigrationReport.Finding(upload: object.upload, problem: problem))
                case .failed(.unreadable(let problem)):
                    report.unreadable.append(MigrationReport.Finding(upload: object.upload, problem: problem))
                }
            }
        }
    }

    /// Compares the objects in the bucket with what they have to be.
    func verifyObjects(into report: inout MigrationReport) async throws(MigrationError) {
        let missing = Set((report.damaged + report.unreadable).map(\.upload))
        var last: Int64 = 0
        while let page = try await objects(after: &last) {
            let stored = page.filter { $0.storage == .file && !missing.contains($0.upload) }
            let problems = try await concurrently(stored) { object async throws(MigrationError) in
                try self.step(.verify(object.upload))
                return try await self.verify(object)
            }
            for (object, problem) in zip(stored, problems) {
                guard let problem else {
                    report.objectsVerified += 1
                    continue
                }
                report.wrongInBucket.append(MigrationReport.Finding(upload: object.upload, problem: problem))
            }
        }
    }

    /// The next page of the objects of the store; nil at the end.
    private func objects(after last: inout Int64) async throws(MigrationError) -> [MovedObject]? {
        let start = last
        let page = try await migrating(MigrationError.store) { () async throws(UploadError) in
            try await source.movedObjects(after: start, limit: Self.pageObjects)
        }
        guard let end = page.last else { return nil }
        last = end.seq
        return page
    }

    /// Works on a few objects at a time.
    ///
    /// - Returns: The values in the order of the objects.
    private func concurrently<Value: Sendable>(
        _ objects: [MovedObject], _ work: @escaping @Sendable (MovedObject) async throws(MigrationError) -> Value
    ) async throws(MigrationError) -> [Value] {
        let results = await withTaskGroup(of: (Int, Result<Value, MigrationError>).self) { group in
            var results = [Result<Value, MigrationError>?](repeating: nil, count: objects.count)
            var next = 0
            func begin() {
                guard next < objects.count else { return }
                let number = next
                next += 1
                group.addTask {
                    do throws(MigrationError) {
                        let value = try await work(objects[number])
                        return (number, .success(value))
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            for _ in 0..<options.objectsAtOnce { begin() }
            for await (number, result) in group {
                results[number] = result
                if case .failure = result {
                    // Those under way end; no more begin.
                    next = objects.count
                    group.cancelAll()
                }
                begin()
            }
            return results
        }
        // Others fail with `cancelled` after the first failure.
        let failures = results.compactMap { result -> MigrationError? in
            if case .failure(let error) = result { error } else { nil }
        }
        if let failure = failures.first(where: { $0 != .cancelled }) ?? failures.first { throw failure }
        return results.compactMap { try? $0?.get() }
    }
}
