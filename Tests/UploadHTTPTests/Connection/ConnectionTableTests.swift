import NIOCore
import Testing

@testable import UploadHTTP

@Suite struct ConnectionTableTests {
    /// A table with idle connections, whose ids are their order.
    private func table(limit: Int, idle: Int, perAddressMax: Int = 0) -> ConnectionTable {
        var table = ConnectionTable(limit: limit, perAddressMax: perAddressMax)
        for id in 0..<UInt64(idle) {
            #expect(table.accept() == [])
            #expect(table.enter(id, from: nil) == true)
            #expect(table.setIdle(id) == [])
        }
        return table
    }

    @Test func `there is room up to the limit`() {
        var table = ConnectionTable(limit: 2, perAddressMax: 0)
        #expect(table.hasRoom)
        _ = table.accept()
        #expect(table.hasRoom)
        _ = table.accept()
        #expect(!table.hasRoom)
        table.close()
        #expect(table.hasRoom)
    }

    @Test func `the longest idle connection makes room once a sixteenth of the places is left`() {
        var table = table(limit: 32, idle: 30)
        #expect(table.accept() == [0])
        #expect(table.accept() == [1])
        // Both places are free again once they have closed.
        table.leave(0)
        table.close()
        table.leave(1)
        table.close()
        #expect(table.count == 30)
        #expect(table.accept() == [2])
    }

    @Test func `a connection with a request does not make room, and is the last to do so afterwards`() {
        var table = table(limit: 4, idle: 3)
        table.setBusy(0)
        #expect(table.accept() == [1])
        #expect(table.enter(3, from: nil) == true)
        table.leave(1)
        table.close()
        #expect(table.setIdle(0) == [])
        #expect(table.accept() == [2])
        #expect(table.accept() == [0])
    }

    @Test func `nobody makes room while all have requests; the first that becomes idle does`() {
        var table = table(limit: 2, idle: 1)
        table.setBusy(0)
        #expect(table.accept() == [])
        #expect(table.enter(1, from: nil) == true)
        #expect(table.setIdle(1) == [1])
    }

    @Test func `a connection that was told to close and had a request already stays, and another makes room`() {
        var table = table(limit: 4, idle: 3)
        #expect(table.accept() == [0])
        table.setBusy(0)
        #expect(table.enter(3, from: nil) == true)
        #expect(table.setIdle(3) == [1])
    }

    @Test func `idle connections are dropped in their order, and no more than asked for`() {
        var table = table(limit: 100, idle: 5)
        table.setBusy(0)
        _ = table.setIdle(0)
        #expect(table.drop(2) == [1, 2])
        #expect(table.drop(10) == [3, 4, 0])
        #expect(table.drop(10) == [])
    }

    @Test func `an address has its share of connections and no more`() throws {
        let mine = ClientAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        let other = ClientAddress(try SocketAddress(ipAddress: "192.0.2.2", port: 1))
        var table = ConnectionTable(limit: 100, perAddressMax: 2)
        #expect(table.enter(0, from: mine) == true)
        #expect(table.enter(1, from: mine) == true)
        #expect(table.enter(2, from: mine) == false)
        #expect(table.enter(3, from: other) == true)
        for id in 10..<20 { #expect(table.enter(ConnectionTable.ID(id), from: nil) == true) }
        table.leave(0)
        #expect(table.enter(4, from: mine) == true)
        #expect(table.enter(5, from: mine) == false)
    }

    @Test func `a share of 0 is no limit`() throws {
        let mine = ClientAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        var table = ConnectionTable(limit: 1, perAddressMax: 0)
        for id in 0..<2000 { #expect(table.enter(ConnectionTable.ID(id), from: mine) == true) }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ])
    func `one client's addresses are one`(_ left: String, _ right: String, areOne: Bool) throws {
        let left = ClientAddress(try SocketAddress(ipAddress: left, port: 1))
        let right = ClientAddress(try SocketAddress(ipAddress: right, port: 2))
        #expect(left != nil && right != nil)
        #expect((left == right) == areOne)
    }
}
