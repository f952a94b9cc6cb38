import Testing
import UploadCore

@testable import WharfCommand

@Suite struct EffectiveSettingsTests {
    private func refusal(
        flags: [String: String] = [:], generic: Set<String> = [], environment: [String: String] = [:],
        file: FileSettings = [:]
    ) -> String? {
        do throws(SettingsError) {
            _ = try EffectiveSettings(flags: flags, generic: generic, environment: environment, file: file)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `flags override the environment, the file and the default, in this order`() throws {
        let settings = try EffectiveSettings(
            flags: ["threads": "1"], environment: ["WHARF_THREADS": "2", "WHARF_PARTS_MAX": "2", "PATH": "/bin"],
            file: ["threads": "3", "parts-max": "3", "tags-max": "3"])
        #expect(settings.values.threads == 1)
        #expect(settings.values.limits.partsMax == 2)
        #expect(settings.values.limits.tagsMax == 3)
        #expect(settings.values.limits.membersMax == Limits().membersMax)
        #expect(settings.sources == ["threads": .flag, "parts-max": .environment, "tags-max": .file])
    }

    @Test func `every setting can come from the environment`() throws {
        for setting in Setting.all {
            let value = setting.read(ServerSettings())
            let settings = try EffectiveSettings(environment: [setting.variable: value])
            #expect(settings.sources == [setting.name: .environment])
        }
    }

    @Test func `the listing shows every setting with its value and source`() throws {
        let settings = try EffectiveSettings(
            flags: ["chunk-size-max": "16MiB"], environment: ["WHARF_AUTH": "tokens=/etc/wharf/tokens"])
        let rows = settings.description.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.map { $0[0] } == Setting.all.map(\.name))
        #expect(rows.contains(["chunk-size-max", "16MiB", "flag"]))
        #expect(rows.contains(["auth", "tokens=/etc/wharf/tokens", "environment"]))
        #expect(rows.contains(["time-to-live", "7d", "default"]))
    }

    @Test func `an unknown name is refused with the most similar known one`() {
        #expect(refusal(flags: ["thread": "1"])?.contains("Did you mean threads?") == true)
        let variable = refusal(environment: ["WHARF_CHUNK_SIZE_MAXX": "1"])
        #expect(variable?.contains("no setting WHARF_CHUNK_SIZE_MAXX. Did you mean WHARF_CHUNK_SIZE_MAX?") == true)
        let far = refusal(environment: ["WHARF_FROBNICATE": "1"])
        #expect(far?.contains("WHARF_FROBNICATE") == true)
        #expect(far?.contains("Did you mean") == false)
    }

    @Test func `variables of the client and of Kubernetes are accepted`() {
        #expect(
            refusal(environment: [
                "WHARF_SERVER": "http://localhost", "WHARF_TOKEN": "secret", "WHARF_PROFILE": "home",
                "WHARF_CA_FILE": "/ca.pem", "WHARF_PORT": "tcp://10.0.0.1:80",
                "WHARF_SERVICE_HOST": "10.0.0.1", "WHARF_SERVICE_PORT_HTTP": "80", "WHARF_PORT_80_TCP_ADDR": "10.0.0.1",
            ]) == nil)
    }

    @Test func `an invalid value is refused with its source`() {
        #expect(refusal(flags: ["threads": "0"])?.hasPrefix("--threads: ") == true)
        #expect(refusal(environment: ["WHARF_LINGER": "2"])?.hasPrefix("WHARF_LINGER: “2” is not a duration") == true)
        #expect(refusal(flags: ["threads": "0"], generic: ["threads"])?.hasPrefix("--set threads: “0” ") == true)
        #expect(refusal(file: ["auth": "oauth"])?.hasPrefix("auth in the file: ") == true)
        #expect(refusal(flags: ["durability": "none"])?.contains("one of power-loss, process-crash") == true)
    }

    @Test func `contradictory limits are refused by the names of their settings`() {
        let refusal = refusal(flags: ["chunk-size-max": "1MiB"])
        #expect(refusal?.contains("chunk-size-default") == true)
        #expect(refusal?.contains("chunkSize") == false)
    }

    @Test func `the file is given by the flag, or else by the environment`() {
        #expect(EffectiveSettings.file(flags: ["config": "a"], environment: ["WHARF_CONFIG": "b"]) == "a")
        #expect(EffectiveSettings.file(flags: [:], environment: ["WHARF_CONFIG": "b"]) == "b")
        #expect(EffectiveSettings.file(flags: [:], environment: [:]) == nil)
    }
}
