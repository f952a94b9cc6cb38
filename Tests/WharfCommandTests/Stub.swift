@testable import WharfCommand
import Testing
