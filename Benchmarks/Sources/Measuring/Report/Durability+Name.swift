package import UploadCore

extension Durability {
    package static let both: [Durability] = [.powerLoss, .processCrash]

    package var name: String {
        switch self {
        case .powerLoss: "power-loss"
        case .processCrash: "process-crash"
        }
    }
}
