import Measuring
import UploadCore

/// The floor programs of a large upload, as legs and rows beside those of the servers.
struct Floors {
    /// Receives and writes.
    let bare: Floor
    /// Receives, hashes and writes.
    let hashing: Floor

    static let names = (bare: "floor", hashing: "floor, SHA-256")

    static let remark =
        "The floor receives, hashes where it says so, and writes, with two threads and reads of up to 512 KiB; at power-loss it"
        + " syncs the file before each answer."

    func legs(_ bench: Bench, _ shape: UploadShape) -> [Leg] {
        [bench.uploads(Self.names.bare, bare, shape), bench.uploads(Self.names.hashing, hashing, shape)]
    }
}

extension Comparison {
    /// - Parameter subject: The leg that is compared with the floors.
    func floorRows(of subject: String, _ durability: Durability) -> [Row] {
        let (bare, hashing) = Floors.names
        return [
            row("CPU per GiB", durability, .cpu, of: subject, to: hashing, goal: .atMost(1.1)),
            row("CPU per GiB", durability, .cpu, of: subject, to: bare),
            row("throughput", durability, .throughput, of: subject, to: hashing),
        ]
    }
}
