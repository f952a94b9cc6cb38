@testable import CataloguePostgres
import SessionCore
import Testing
import UploadCore

@Suite struct PublicationTests {
    private let name: @Sendable (PublicationSubject) -> String = { "published/\($0.upload.text)/\($0.fileName)" }

    private func committed(_ fixture: Fixture) async throws -> SessionId {
        let id = try await fixture.begin(fixture.draft()).id
        try await fixture.commit(id, length: 25)
        return id
    }

    private func all(_ catalogue: CataloguePostgres) async throws -> [SessionId] {
        var found: [SessionId] = []
        while let next = try await catalogue.startPublication(name: name) { found.append(next.upload) }
        return found
    }

    @Test func `every blob has one publication, whenever it was committed, and a part has none`() async throws {
        try await Fixture.with { fixture in
            let catalogue = fixture.catalogue
            let unused = try await committed(fixture)
            #expect(try await catalogue.startPublication(name: name) == nil)
            #expect(try await !catalogue.addEarlierPublications(limit: 10))
            let part = try await fixture.committedPart()
            let begun = try await fixture.begin(fixture.draft())
            try await catalogue.beginPublishing()
            try await catalogue.beginPublishing()
            // Begun before and committed after, and the other way round.
            try await fixture.commit(begun.id, length: 25)
            let whole = try await fixture.begin(fixture.draft(parts: [part.id])).id
            try await fixture.commit(whole, length: 25)
            #expect(try await all(catalogue) == [begun.id, whole])
            while try await catalogue.addEarlierPublications(limit: 1) {}
            #expect(try await all(catalogue) == [unused])
        }
    }

    @Test func `no commit is missed while an engine begins to publish`() async throws {
        try await Fixture.with(engines: 3) { fixture in
            let ids = try await together(40) { _ in try await fixture.begin(fixture.draft()).id }
            _ = try await together(41) { number in
                guard number > 0 else { return try await fixture.engine(1).beginPublishing() }
                if number % 2 == 0 { try await fixture.commit(ids[number - 1], length: 25, by: number) }
            }
            _ = try await together(3) { number in
                while try await fixture.engine(number).addEarlierPublications(limit: 3) {}
            }
            let committed = Set(ids.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
            // An engine that found the table locked has nothing left to examine.
            while try await fixture.catalogue.addEarlierPublications(limit: 3) {}
            #expect(Set(try await all(fixture.catalogue)) == committed)
        }
    }

    @Test func `of several engines each gets another publication, and none gets one twice`() async throws {
        try await Fixture.with(engines: 4) { fixture in
            try await fixture.catalogue.beginPublishing()
            var ids: Set<SessionId> = []
            for _ in 0..<8 { ids.insert(try await committed(fixture)) }
            let started = try await together(12) { try await fixture.engine($0).startPublication(name: name)?.upload }
            let found = started.compactMap(\.self)
            // Those who came while others had rows locked may have found none.
            let rest = try await all(fixture.catalogue)
            #expect(Set(found + rest) == ids)
            #expect(found.count + rest.count == 8)
        }
    }

    @Test func `an attempt that is not renewed is another engine's turn, and is refused`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            try await fixture.catalogue.beginPublishing()
            let id = try await committed(fixture)
            let first = try #require(try await fixture.engine(0).startPublication(name: name))
            #expect(first.attempts == 1 && first.multipart == nil)
            try await fixture.engine(0).renew(first, multipart: "one")
            #expect(try await fixture.engine(1).startPublication(name: name) == nil)
            try await fixture.database.sql("UPDATE publications SET held_since = now() - interval '600 s'")
            let second = try #require(try await fixture.engine(1).startPublication { _ in "another name" })
            #expect(second.attempts == 2 && second.multipart == "one" && second.name == first.name)
            for call in 0..<2 {
                let refused = await refusal { () throws(UploadError) in
                    if call == 0 { try await fixture.engine(0).finish(first) }
                    if call == 1 { try await fixture.engine(0).renew(first, multipart: "two") }
                }
                #expect(refused == .superseded)
            }
            try await fixture.engine(0).postpone(first, delay: nil, reason: "late")
            #expect(try await fixture.catalogue.publishedName(of: id) == nil)
            try await fixture.engine(1).finish(second)
            #expect(try await fixture.catalogue.publishedName(of: id) == first.name)
            #expect(try await fixture.catalogue.startPublication(name: name) == nil)
            let finished = try await fixture.catalogue.finishedPublications(after: nil, limit: 9)
            #expect(
                finished == [FinishedPublication(upload: id, name: first.name, failure: nil)])
        }
    }

    @Test func `a failed attempt is repeated after its delay, or given up, until a check asks`() async throws {
        try await Fixture.with { fixture in
            let catalogue = fixture.catalogue
            try await catalogue.beginPublishing()
            let id = try await committed(fixture)
            let first = try #require(try await catalogue.startPublication(name: name))
            try await catalogue.postpone(first, delay: 60_000, reason: "the bucket is away")
            #expect(try await catalogue.startPublication(name: name) == nil)
            try await fixture.database.sql("UPDATE publications SET due_at = due_at - interval '60 s'")
            let second = try #require(try await catalogue.startPublication(name: name))
            #expect(second.attempts == 2)
            // One that was stopped does not count.
            try await catalogue.postpone(second, delay: 0, reason: nil, isCounted: false)
            let third = try #require(try await catalogue.startPublication(name: name))
            #expect(third.attempts == 2)
            try await catalogue.postpone(third, delay: nil, reason: "refused")
            #expect(try await catalogue.startPublication(name: name) == nil)
            #expect(try await catalogue.finishedPublications(after: nil, limit: 9).map(\.failure) == ["refused"])
            #expect(try await catalogue.repeatPublication(of: id))
            #expect(try await !catalogue.repeatPublication(of: id))
            #expect(try await catalogue.startPublication(name: name)?.attempts == 1)
        }
    }

    @Test func `a blob that ends leaves the name of its object, whichever engine ends it`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let (newer, older) = (fixture.engine(0), fixture.engine(1))
            try await newer.beginPublishing()
            let unstarted = try await committed(fixture)
            let published = try await committed(fixture)
            let underWay = try await committed(fixture)
            try await fixture.database.sql("UPDATE publications SET due_at = due_at - interval '1 s' WHERE upload > 1")
            var publications: [SessionId: Publication] = [:]
            for _ in 0..<3 {
                let next = try #require(try await newer.startPublication(name: name))
                publications[next.upload] = next
            }
            let waiting = try #require(publications[unstarted])
            try await fixture.database.sql("UPDATE publications SET name = NULL WHERE name = '\(waiting.name)'")
            let (done, open) = (try #require(publications[published]), try #require(publications[underWay]))
            try await newer.renew(done, multipart: "done")
            try await newer.finish(done)
            try await newer.renew(open, multipart: "open")
            for id in [unstarted, published, underWay] {
                _ = try await older.deleteBlob(BlobId(id), at: fixture.time(2), checkAccess: admitAll)
            }
            let left = try await older.unpublished(limit: 9)
            #expect(
                Set(left) == [
                    UnpublishedObject(name: done.name, multipart: nil),
                    UnpublishedObject(name: open.name, multipart: "open"),
                ])
            #expect(await refusal { () throws(UploadError) in try await newer.finish(open) } == .superseded)
            #expect(try await newer.startPublication(name: name) == nil)
            #expect(try await fixture.database.sql("SELECT count(*) FROM publications") == ["0"])
        }
    }

    @Test func `a removed object is due again after each delay, then forgotten`() async throws {
        try await Fixture.with { settings in
            settings.removalDelays = [.seconds(60), .seconds(120)]
        } _: { fixture in
            let catalogue = fixture.catalogue
            try await catalogue.beginPublishing()
            let id = try await committed(fixture)
            _ = try await catalogue.startPublication(name: name)
            _ = try await catalogue.deleteBlob(BlobId(id), at: fixture.time(2), checkAccess: admitAll)
            let object = try #require(try await catalogue.unpublished(limit: 9).first)
            try await catalogue.postpone(object, milliseconds: 30_000)
            #expect(try await catalogue.unpublished(limit: 9) == [])
            for seconds in [30, 60, 120] {
                try await fixture.database.sql("UPDATE unpublished SET due_at = due_at - interval '\(seconds) s'")
                #expect(try await catalogue.unpublished(limit: 9) == [object])
                try await catalogue.forget(object)
                // What is not due was removed by another engine.
                try await catalogue.forget(object)
                #expect(try await catalogue.unpublished(limit: 9) == [])
            }
            #expect(try await fixture.database.sql("SELECT count(*) FROM unpublished") == ["0"])
        }
    }
}
