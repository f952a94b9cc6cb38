import FoundationEssentials
import HTTPTypes
import HTTPWire
import SessionCore
import Testing
import TusWire
import UploadCore
import UploadDerivation

@Suite struct UploadMetadataTests {
    private func refusal(_ text: String) -> Int? {
        do throws(RequestFailure) {
            _ = try UploadMetadata(text)
            return nil
        } catch {
            return error.status.code
        }
    }

    @Test func `pairs are read in their order, and the text is kept as it is`() throws {
        let text = "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential"
        let metadata = try UploadMetadata(text)
        #expect(metadata.text == text)
        #expect(metadata.pairs.map(\.key) == ["filename", "is_confidential"])
        #expect(metadata.fileName == "world_domination_plan.pdf")
        #expect(metadata.pairs[1].value.isEmpty)
    }

    @Test(arguments: ["", " ", "\t"])
    func `an empty field counts as absent`(_ text: String) throws {
        #expect(try UploadMetadata(text).pairs.isEmpty)
        #expect(try UploadMetadata([:] as HTTPFields).pairs.isEmpty)
    }

    @Test(arguments: ["a ,b", "a,b ", "a  ,b", "a , b"])
    func `a value may be empty, with the space before it or without`(_ text: String) throws {
        let metadata = try UploadMetadata(text)
        #expect(metadata.pairs.map(\.key) == ["a", "b"])
        #expect(metadata.pairs.allSatisfy { $0.value.isEmpty })
    }

    @Test func `values are any bytes, and text where they are UTF-8`() throws {
        let metadata = try UploadMetadata("filename 5pel5pys6KqeLnR4dA==,name /w==,raw AP8K")
        #expect(metadata.fileName == "日本語.txt")
        #expect(metadata.text("name") == nil)
        #expect(metadata.pairs[2].value == [0, 255, 10])
    }

    @Test(arguments: ["a aGk=", "a aGk"])
    func `padding may be left out`(_ text: String) throws {
        #expect(try UploadMetadata(text).text("a") == "hi")
    }

    @Test(arguments: [
        "a b*", "a aGk=,a aGk=", ",", "a,", ",a", "a,,b", "a b c", "a aGk==", "a aG=k", "a a", "a =", "\u{FFFD} aGk=",
        "a\u{1} aGk=",
    ])
    func `text outside of the grammar is refused`(_ text: String) {
        #expect(refusal(text) == 400)
    }

    @Test func `the derivation of an upload is a recipe, none, or the default of the capsule`() throws {
        #expect(try UploadMetadata("name YQ==").derivation() == .capsuleDefault)
        #expect(try UploadMetadata("derive").derivation() == .capsuleDefault)
        #expect(try UploadMetadata("derive bm9uZQ==").derivation() == RecipeChoice.none)
        #expect(try UploadMetadata("derive cGhvdG8=").derivation() == .recipe(.photo))
        for text in ["derive YQ==", "derive /w==", "derive UGhvdG8="] {
            #expect(try UploadMetadata(text).derivation() == .capsuleDefault, "a key of the client's own")
        }
    }

    @Test func `a memory's companions are named with its recipe; without one the key is the client's own`() throws {
        let blob = "00000000000070008000000000000001"
        // “video:” and the id.
        let named = "companions dmlkZW86MDAwMDAwMDAwMDAwNzAwMDgwMDAwMDAwMDAwMDAwMDE="
        let video = Companion(kind: .video, blob: try #require(BlobId(text: blob)))
        #expect(try UploadMetadata("derive cGhvdG8=,\(named)").derivation() == .recipe(.photo, companions: [video]))
        for text in [named, "derive bm9uZQ==,\(named)", "derive YQ==,\(named)"] {
            #expect(try UploadMetadata(text).derivation().companions == [])
        }
        #expect(throws: UploadError.self) { try UploadMetadata("derive cGhvdG8=,companions YQ==").derivation() }
    }

    @Test func `the capsule of an upload is an id; another value is the client's own`() throws {
        let id = try #require(CapsuleId(text: "00000000000070008000000000000001"))
        #expect(try UploadMetadata("capsule MDAwMDAwMDAwMDAwNzAwMDgwMDAwMDAwMDAwMDAwMDE=").capsule == id)
        for text in ["", "capsule", "capsule d2VkZGluZw==", "capsule /w=="] {
            #expect(try UploadMetadata(text).capsule == nil)
        }
    }

    @Test func `name and type have the names that clients give them`() throws {
        let uppy = try UploadMetadata(
            "relativePath bnVsbA==,name YQ==,type aW1hZ2UvcG5n,filetype dGV4dC9wbGFpbg==,filename Yg==")
        #expect(uppy.fileName == "b")
        #expect(uppy.fileType == "text/plain")
        let plain = try UploadMetadata("name YQ==,type aW1hZ2UvcG5n")
        #expect(plain.fileName == "a")
        #expect(plain.fileType == "image/png")
    }

    @Test(
        arguments: [
            ("modified_at", "2020-02-29T12:00:00.5Z", 1_582_977_600_500),
            ("lastModified", "1582977600500", 1_582_977_600_500),
            ("mtime", "1582977600.5", 1_582_977_600_500), ("mtime", "0", 0), ("mtime", "-1", nil),
            ("mtime", "nan", nil),
            ("lastModified", "1e300", nil), ("modified_at", "yesterday", nil), ("lastModified", "253402300800000", nil),
            ("name", "1", nil),
        ] as [(String, String, Int64?)])
    func `the file's own time is found under the keys of clients`(
        _ key: String, _ value: String, _ milliseconds: Int64?
    ) throws {
        let metadata = try UploadMetadata("\(key) \(Data(value.utf8).base64EncodedString())")
        #expect(metadata.modifiedAt?.milliseconds == milliseconds)
    }
}
