import ArgumentParser
import UploadClient
import UploadCore

extension CapsuleCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let somebody read or write a capsule of yours.")

        @Argument(help: "The capsule's id.")
        var capsule: String
        @Argument(help: "Who, as the server knows them.")
        var principal: String
        @Option(help: "reader or writer.")
        var role = MemberRole.reader
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                try await client.addMember(principal, role: role.role, to: capsule)
                let change = Change(capsule: capsule, principal: principal, role: role.rawValue)
                try await output.result("\(principal) is a \(role.rawValue) of \(capsule)", change)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take somebody's role in a capsule of yours away.")

        @Argument(help: "The capsule's id.")
        var capsule: String
        @Argument(help: "Who, as the server knows them.")
        var principal: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                try await client.removeMember(principal, from: capsule)
                let change = Change(capsule: capsule, principal: principal, role: nil)
                try await output.result("\(principal) has no role in \(capsule)", change)
            }
        }
    }

    enum MemberRole: String, ExpressibleByArgument, CaseIterable, Sendable {
        case reader, writer

        var role: Role {
            switch self {
            case .reader: .reader
            case .writer: .writer
            }
        }
    }

    private struct Change: Encodable, Sendable {
        let capsule: String
        let principal: String
        let role: String?
    }
}
