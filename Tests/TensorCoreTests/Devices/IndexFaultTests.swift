import TensorCore
import TestSupport
import Testing

/// An index out of range touches nothing and is reported, with operation and index, where somebody waits.
@Suite struct IndexFaultTests {
    /// What is done with indices that leave `0..<3`.
    enum Selection: String, CaseIterable, Codable, Sendable {
        case gathered, scatterAdding, gatheredElements, scatterAddingElements

        func run(_ x: Tensor, at bad: Int64) -> Tensor {
            let rows = Tensor([0, bad], shape: [2], beside: x)
            let elements = Tensor([0, 1, bad, 0], shape: [2, 2], beside: x)
            let updates = x.gathered(at: Tensor([Int64(0), 1], shape: [2], beside: x))
            switch self {
            case .gathered: return x.gathered(at: rows)
            case .scatterAdding: return x.scatterAdding(updates, at: rows)
            case .gatheredElements: return x.gatheredElements(at: elements, axis: 0)
            case .scatterAddingElements: return x.scatterAddingElements(updates, at: elements, axis: 0)
            }
        }

        /// Where the bad index stands.
        var position: Int { rawValue.hasSuffix("Elements") ? 2 : 1 }
    }

    private func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    private static let devices = Device.tested.map(\.name)

    private static func device(_ name: String) throws -> Device {
        try #require(Device.tested.first { $0.name == name })
    }

    @Test(arguments: Selection.allCases, Self.devices)
    func readingReports(_ selection: Selection, _ name: String) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [selection = selection as Selection, name = name as String] in
            let x = Tensor(ones: [3, 2]).placed(on: try IndexFaultTests.device(name))
            _ = selection.run(x, at: 9).scalars
        }
        #expect(text(result).contains("\(selection.rawValue): index 9 at position \(selection.position) leaves 0..<3"))
    }

    @Test(arguments: Self.devices)
    func waitingReports(_ name: String) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [name = name as String] in
            let device = try IndexFaultTests.device(name)
            _ = Selection.gathered.run(Tensor(ones: [3, 2]).placed(on: device), at: -1)
            device.synchronize()
        }
        #expect(text(result).contains("index -1 at position 1"))
    }

    @Test(arguments: Selection.allCases, Self.devices)
    func nothingIsTouchedAndNobodyIsStopped(_ selection: Selection, _ name: String) async {
        await #expect(processExitsWith: .success) {
            [selection = selection as Selection, name = name as String] in
            let x = Tensor(ones: [3, 2]).placed(on: try IndexFaultTests.device(name))
            for bad in [Int64.min, -1, 3, .max] { _ = selection.run(x, at: bad) * 2 }
        }
    }

    @Test func theModuleIsNamed() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let table = Tensor(ones: [3, 2])
            let rows = ModulePath.named("text.tokens") { table.embedding(Tensor([Int64(7)], shape: [1])) }
            _ = rows.scalars
        }
        #expect(text(result).contains("in text.tokens"))
    }
}
