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
        /// The bytes cannot be read, or are not those that were received.
        case damaged(String)
    }

    /// Copies the objects that are not complete in the target.
    func copyObjects(into report: inout MigrationReport) async throws(MigrationError) {
        let outcomes = try await forEachObject {
            object async throws(MigrationError) -> (outcome: Outcome, isNew: Bool) in
            let known = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
                try await self.target.progress(of: [object.seq])[object.seq]
            }
            if let known, known.isComplete { return (.copied(bytes: known.through), isNew: false) }
            // What had a problem was given up, and is tried once more.
            let progress = known?.problem == nil ? known : nil
            return (try await self.copy(object, from: progress ?? .none), isNew: true)
        }
        for (object, (outcome, isNew)) in outcomes {
            switch outcome {
            case .copied(let bytes):
                report.objects += 1
                report.bytes += bytes
                guard isNew else { continue }
                report.objectsCopied += 1
                report.bytesCopied += bytes
            case .damaged(let problem):
                report.damaged.append(MigrationReport.Damage(upload: object.upload, problem: problem))
            }
        }
    }

    /// Compares the objects in the bucket with what they have to be.
    func verifyObjects(into report: inout MigrationReport) async throws(MigrationError) {
        let known = Set(report.damaged.map(\.upload))
        let outcomes = try await forEachObject { object async throws(MigrationError) -> String?? in
            if known.contains(object.upload) || object.storage == .catalogue { return nil }
            try self.step(.verify(object.upload))
            return .some(try await self.verify(object))
        }
        for (object, outcome) in outcomes {
            switch outcome {
            case nil: continue
            case .some(nil): report.objectsVerified += 1
            case .some(let problem?):
                report.damaged.append(MigrationReport.Damage(upload: object.upload, problem: problem))
            }
        }
    }

    /// Works on a few objects at a time.
    ///
    /// - Returns: The outcomes in the order of the objects.
    private func forEachObject<Value: Sendable>(
        _ work: @escaping @Sendable (MovedObject) async throws(MigrationError) -> Value
    ) async throws(MigrationError) -> [(object: MovedObject, value: Value)] {
        var all: [(object: MovedObject, value: Value)] = []
        var last: Int64 = 0
        while true {
            let start = last
            let page = try await migrating(MigrationError.store) { () async throws(UploadError) in
                try await source.movedObjects(after: start, limit: Self.pageObjects)
            }
            guard let end = page.last else { return all }
            last = end.seq
            all += try await concurrently(page, work)
        }
    }

    private func concurrently<Value: Sendable>(
        _ objects: [MovedObject], _ work: @escaping @Sendable (MovedObject) async throws(MigrationError) -> Value
    ) async throws(MigrationError) -> [(object: MovedObject, value: Value)] {
        let results = await withTaskGroup(of: (Int, Result<Value, MigrationError>).self) { group in
            var results = [Result<Value, MigrationError>?](repeating: nil, count: objects.count)
            var next = 0
            func begin() {
                guard next < objects.count else { return }
                let number = next
                next += 1
                group.addTask {
                    do throws(MigrationError) {
                        return (number, .success(try await work(objects[number])))
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
        return zip(objects, results).compactMap { object, result in
            if case .success(let value) = result { (object, value) } else { nil }
        }
    }
}
