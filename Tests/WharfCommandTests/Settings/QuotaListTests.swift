import NativeWire
import Testing
import UploadCore

@testable import WharfCommand

@Suite struct QuotaListTests {
    @Test func `quotas of several owners are read, and written in the order of their names`() throws {
        let list = try #require(QuotaList(text: "zoe=50GiB,anna=0,a=b=1024,Émile=7"))
        #expect(
            list.bytes == [
                Principal("zoe"): 50 << 30, Principal("anna"): 0, Principal("a=b"): 1024, Principal("Émile"): 7,
            ])
        #expect(QuotaList(text: list.text) == list)
        #expect(list.text.hasPrefix("a=b=1KiB,anna=0,zoe=50GiB"))
        #expect(QuotaList(text: "") == QuotaList(bytes: [:]) && QuotaList(bytes: [:]).text == "")
    }

    @Test(arguments: ["anna", "=5", "anna=", "anna=5GB", "anna=1,", ",anna=1", "anna=1,anna=2", "anna=-1", "anna =1, "])
    func `anything else is refused`(_ text: String) {
        #expect(QuotaList(text: text) == nil)
    }

    @Test func `the settings reach the engine`() throws {
        var settings = ServerSettings()
        for (name, value) in [("quota-bytes", "1GiB"), ("quota-overrides", "anna=2GiB,ben=0")] {
            let setting = try #require(Setting.all.first { $0.name == name })
            try setting.apply(value, &settings)
            #expect(setting.read(settings) == value)
        }
        let quotas = settings.limits.quotas
        #expect(quotas.bytes(of: Principal("anna")) == 2 << 30)
        #expect(quotas.bytes(of: Principal("ben")) == nil)
        #expect(quotas.bytes(of: Principal("carla")) == 1 << 30)
    }

    @Test func `usage is shown in a line, and in full`() {
        let usage = UsageDocument(
            Usage(storedBytes: 1024, reservedBytes: 512, capsules: 1, members: 2, pendingUploads: 3, pendingBytes: 512),
            of: Principal("anna"), quotas: Quotas(standardBytes: 2048))
        #expect(UsageCommand.line(usage) == "1.5 KiB of 2.0 KiB  anna")
        let text = UsageCommand.lines(usage).joined(separator: "\n")
        #expect(text.contains("1.0 KiB") && text.contains("1 with 2 members") && text.contains("3 uploads, 512 B"))
    }
}
