import HTTPWire
import NativeWire
import Testing
import UploadTestKit

@testable import UploadClient

@Suite struct ResumeStoreTests {
    private let directory: TemporaryDirectory
    private let store: ResumeStore

    init() throws {
        directory = try TemporaryDirectory()
        store = ResumeStore(directory: directory.path + "/a/b")
    }

    private func state(key: String = "k1", size: UInt64 = 5, capsule: String? = nil) -> ResumeState {
        ResumeState(
            server: "http://s", path: "/x",
            identity: FileIdentity(size: size, modifiedNanoseconds: 1, device: 2, inode: 3),
            idempotencyKey: key, request: NewUploadDocument(capsule: capsule, name: "x", length: size))
    }

    @Test func `a state is read as it was saved`() throws {
        var state = state()
        #expect(store.load(like: state) == nil)
        #expect(try store.begin(state, replacing: nil) == state)
        state.upload = "u"
        try store.save(state)
        #expect(store.load(like: state) == state)
        store.remove(state)
        #expect(store.load(like: state) == nil)
    }

    @Test func `two processes that begin the same upload get the first one's key`() throws {
        let first = state(key: "k1")
        #expect(try store.begin(first, replacing: nil) == first)
        #expect(try store.begin(state(key: "k2"), replacing: nil) == first)
    }

    @Test func `a state of other content is replaced`() throws {
        _ = try store.begin(state(key: "k1", size: 5), replacing: nil)
        let other = state(key: "k2", size: 6)
        #expect(try store.begin(other, replacing: nil) == other)
        #expect(store.load(like: other) == other)
    }

    @Test func `a lost upload's state does not reappear`() throws {
        let lost = state(key: "k1")
        _ = try store.begin(lost, replacing: nil)
        let new = state(key: "k2")
        #expect(try store.begin(new, replacing: lost) == new)
    }

    @Test func `removing one upload's state keeps another's`() throws {
        let mine = state(key: "k1")
        let others = state(key: "k2", size: 6)
        try store.save(others)
        store.remove(mine)
        #expect(store.load(like: mine) == others)
    }

    @Test func `servers and capsules have states of their own`() throws {
        try store.save(state(key: "k1"))
        #expect(store.load(like: state(capsule: "c")) == nil)
        var elsewhere = state()
        elsewhere.server = "http://t"
        #expect(store.load(like: elsewhere) == nil)
    }

    @Test func `an unreadable state is ignored`() throws {
        try store.save(state())
        let name = try #require(Fixture.names(in: store.directory).first)
        for text in ["", "{", "[]", "{\"version\":1}"] {
            try TestFiles.write(text.utf8, to: store.directory + "/" + name)
            #expect(store.load(like: state()) == nil)
        }
        #expect(try store.begin(state(key: "k3"), replacing: nil).idempotencyKey == "k3")
        #expect(store.load(like: state())?.idempotencyKey == "k3")
    }

    @Test func `no temporary file is left`() throws {
        _ = try store.begin(state(), replacing: nil)
        _ = try store.begin(state(key: "k2"), replacing: nil)
        try store.save(state())
        #expect(Fixture.names(in: store.directory).count == 1)
    }

    @Test func `the directory follows the XDG specification`() {
        let all = ["XDG_STATE_HOME": "/s", "HOME": "/h"]
        #expect(ResumeStore.defaultDirectory { all[$0] } == "/s/wharf")
        #expect(ResumeStore.defaultDirectory { $0 == "HOME" ? "/h" : nil } == "/h/.local/state/wharf")
        #expect(ResumeStore.defaultDirectory { $0 == "HOME" ? "/h" : "relative" } == "/h/.local/state/wharf")
        #expect(ResumeStore.defaultDirectory { _ in nil } == nil)
    }
}
