internal import Foundation
internal import TensorCore

/// A stack of large linear layers from its file: made, loaded and ready for its first call; with `calls`, called once, too.
final class Loading: Workload {
    private static let width = 5792
    private static let depth = 32

    private let file: URL
    private let calls: Bool

    init(_ file: URL, calls: Bool) {
        self.file = file
        self.calls = calls
    }

    /// Two calls: the first meets the file's pages, the second packs the weights. The peak of memory is that of both.
    func outputs() throws -> StateDict {
        let stack = try loaded()
        _ = Self.called(stack)
        return results(["y": Self.called(stack)])
    }

    func run() throws {
        let stack = try loaded()
        if calls { _ = Self.called(stack) }
    }

    private func loaded() throws -> Stack {
        let stack = Stack(ParameterScope(.loading), width: Self.width, depth: Self.depth)
        try stack.load(Safetensors.load(contentsOf: file), options: .keepsStoredTypes)
        return stack
    }

    private static func called(_ stack: Stack) -> Tensor {
        let values = (0..<(4 * width)).map { Float($0 % 7 - 3) / 4 }
        return withoutGradients { stack(Tensor(values, shape: [4, width]).converted(to: .bfloat16)) }
    }
}

/// Linear layers one after another.
private final class Stack: Module {
    let scope: ParameterScope
    private let layers: [Linear]

    init(_ scope: ParameterScope, width: Int, depth: Int) {
        self.scope = scope
        layers = (0..<depth).map { Linear(scope[$0], inputs: width, outputs: width, bias: false) }
    }

    func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }
}
