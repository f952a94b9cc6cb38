import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

@Suite struct CheckTests {
    private let machine = Machine()

    /// What a check finds, by kind, after damage to a store with one object.
    private func findings(
        after damage: @escaping @Sendable (String) -> Bool,
        on upload: @escaping @Sendable (SimulatedStore) async throws -> Void
    ) throws -> [CheckIssue] {
        try machine.open(.powerLoss, upload)
        let path = try #require(machine.objects.first)
        #expect(damage(path))
        return try machine.open { store in try await store.check().issues }
    }

    @Test func `a store in which all is well is clean, and everything was read`() throws {
        let report = try machine.open { store in
            _ = try await store.committed(content(3000))
            _ = try await store.pending(content(2000))
            let id = try await store.pending(content(1000))
            try await store.uploads.abort(id, by: SimulatedStore.anna)
            return try await store.check()
        }
        #expect(report.isClean)
        #expect(report.uploads == 3 && report.objects == 1 && report.bytesVerified == 3000)
    }

    @Test func `a committed blob without its file is found, and nothing can be done here`() throws {
        let found = try findings {
            machine.files.removeBehindBack($0)
        } on: {
            _ = try await $0.committed(content(3000))
        }
        #expect(found.map(\.kind) == [.missingObject])
        #expect(found.map(\.repair) == [nil])
        // The path, the name and the advice: the operator restores the file.
        #expect(
            found.first?.detail.firstMatch(of: /^bytes\/[0-9a-f]{2}\/[0-9a-f]{64} \(“photo.jpg”\) is missing$/) != nil)
        #expect(found.first?.advice == "Restore the file from a backup, or delete the blob.")
    }

    @Test func `a committed blob that is too short, or too long, is found`() throws {
        let short = try findings {
            machine.files.truncateBehindBack($0, to: 2999)
        } on: {
            _ = try await $0.committed(content(3000))
        }
        #expect(short.map(\.kind) == [.shortObject])
        let path = try #require(machine.objects.first)
        #expect(machine.files.truncateBehindBack(path, to: 3001))
        #expect(try machine.open { try await $0.check().issues.map(\.kind) } == [.longObject])
    }

    @Test(arguments: [0, 1777, 2999]) func `one byte that is not what it was is found, wherever it lies`(
        _ offset: UInt64
    ) throws {
        let found = try findings {
            machine.files.corrupt($0, at: offset)
        } on: {
            _ = try await $0.committed(content(3000))
        }
        #expect(found.map(\.kind) == [.digestMismatch])
        #expect(found.map(\.repair) == [nil])
    }

    @Test func `a damaged part is found once for itself and once for the concatenation`() throws {
        let found = try findings {
            machine.files.corrupt($0, at: 5)
        } on: { store in
            let parts = [
                try await store.committed(content(3000), isPartial: true),
                try await store.committed(content(2000), isPartial: true),
            ]
            let capsule = try await store.uploads.defaultCapsule(of: SimulatedStore.anna).id
            _ = try await store.uploads.concatenate(
                store.request(capsule, .append), parts: parts, by: SimulatedStore.anna)
        }
        #expect(found.map(\.kind) == [.digestMismatch, .digestMismatch])
        #expect(Set(found.map(\.upload)).count == 2)
        #expect(found.last?.detail.contains("has the damaged bytes of its part") == true)
    }

    @Test func `the bytes of a concatenation whose parts have ended are verified too`() throws {
        let found = try findings {
            machine.files.corrupt($0, at: 5)
        } on: { store in
            let part = try await store.committed(content(3000), isPartial: true)
            let capsule = try await store.uploads.defaultCapsule(of: SimulatedStore.anna).id
            _ = try await store.uploads.concatenate(
                store.request(capsule, .append), parts: [part], by: SimulatedStore.anna)
            try await store.uploads.abort(part, by: SimulatedStore.anna)
            #expect(try await store.check().isClean)
        }
        #expect(found.contains { $0.kind == .digestMismatch })
        #expect(!found.contains { $0.kind == .orphanObject })
    }

    @Test func `a file that belongs to no upload, and one that is no object, are found`() throws {
        try machine.open { _ = try await $0.committed(content(3000)) }
        let orphan = String(repeating: "00", count: 32)
        for name in ["00/" + orphan, "01/README"] {
            machine.files.close(try machine.files.open("bytes/" + name, .readWriteCreating))
        }
        let found = try machine.open { try await $0.check().issues }
        #expect(found.map(\.kind) == [.orphanObject, .unknownFile])
        #expect(
            found.map(\.repair) == [.quarantine(name: orphan, shard: 0), .quarantine(name: "README", shard: 1)])
    }

    @Test func `a file beside the shards is found`() throws {
        try machine.open { _ = try await $0.committed(content(3000)) }
        let object = try #require(machine.objects.first).split(separator: "/").last.map(String.init) ?? ""
        for name in [object, "README"] {
            machine.files.close(try machine.files.open("bytes/" + name, .readWriteCreating))
        }
        let found = try machine.open { try await $0.check().issues }
        #expect(found.map(\.kind) == [.unknownFile, .unknownFile])
        #expect(found.map(\.repair) == [object, "README"].sorted().map { .quarantine(name: $0, shard: nil) })
    }

    @Test func `a link in the place of an object is a finding, and nothing is read through it`() throws {
        let found = try findings {
            machine.files.removeBehindBack($0) && machine.files.plantLink($0)
        } on: {
            _ = try await $0.committed(content(3000))
        }
        #expect(found.map(\.kind) == [.unreadable, .unknownFile])
        #expect(found.first?.detail.contains("symbolic link") == true)
    }

    @Test func `what cannot be read is a finding, and the check goes on`() throws {
        let kinds = try machine.open { store in
            _ = try await store.committed(content(3000))
            machine.files.failNext(.open, .io, pathPrefix: "bytes/")
            machine.files.failNext(.list, .io, pathPrefix: "bytes/01")
            return try await store.check().issues.map(\.kind)
        }
        #expect(kinds == [.unreadable, .unreadable])
    }

    @Test func `a check changes nothing`() throws {
        try machine.open { store in
            _ = try await store.committed(content(3000))
            _ = try await store.pending(content(2000))
        }
        for path in machine.objects { machine.files.corrupt(path, at: 5) }
        machine.files.truncateBehindBack(try #require(machine.objects.first), to: 10)
        machine.files.close(try machine.files.open("bytes/01/README", .readWriteCreating))
        try machine.open { store async throws in
            let before = machine.files.files().filter { !$0.path.hasPrefix("catalogue") }.map(\.size)
            machine.files.resetCounts()
            #expect(try await store.check().issues.isEmpty == false)
            for call in SimulatedCall.changing { #expect(machine.files.count(of: call) == 0, "\(call)") }
            #expect(machine.files.files().filter { !$0.path.hasPrefix("catalogue") }.map(\.size) == before)
        }
    }
}

extension SimulatedCall {
    static let changing: [SimulatedCall] = [
        .write, .truncate, .syncData, .makeDirectory, .syncDirectory, .remove, .rename, .lock,
    ]
}
