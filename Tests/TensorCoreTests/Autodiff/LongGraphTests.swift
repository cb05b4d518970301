import TensorCore
import Testing

/// Graphs of any length differentiate and go away without recursion. Each runs in a process of its own, because a stack
/// overflow ends the process.
@Suite struct LongGraphTests {
    @Test func tenThousandNodesDifferentiate() async {
        await #expect(processExitsWith: .success) {
            let slope = await onSmallStack { LongGraphTests.slopeOfChain(10_001) }
            #expect(slope == -1)
        }
    }

    @Test func threeHundredThousandNodesDifferentiate() async {
        await #expect(processExitsWith: .success) {
            let slope = await onSmallStack { LongGraphTests.slopeOfChain(300_000) }
            #expect(slope == 1)
        }
    }

    @Test func graphsThatNobodyDifferentiatesAreReleased() async {
        await #expect(processExitsWith: .success) {
            let value = await onSmallStack { LongGraphTests.chain(Tensor(2).requiringGradient(), 300_000).scalar }
            #expect(value == 2)
        }
    }

    @Test func retainedGraphsAreReleased() async {
        await #expect(processExitsWith: .success) {
            let slopes = await onSmallStack {
                let x = Tensor(2).requiringGradient()
                let y = LongGraphTests.chain(x, 300_000)
                let first = y.gradients(retainingGraph: true)[x]?.scalar
                return [first, y.gradients(retainingGraph: true)[x]?.scalar]
            }
            #expect(slopes == [1, 1])
        }
    }

    /// 2^10 000 paths: each node must be visited once.
    @Test func laddersDifferentiateAndRelease() async {
        await #expect(processExitsWith: .success) {
            let slope = await onSmallStack { () -> Float? in
                let x = Tensor(1).requiringGradient()
                var y = x
                for _ in 0..<10_000 { y = y * 0.5 + y * 0.5 }
                return y.gradients()[x]?.scalar
            }
            #expect(slope == 1)
        }
    }

    /// The links of a chain are also held from outside, and let go from the newest to the oldest.
    @Test func heldNodesAreReleasedInAnyOrder() async {
        await #expect(processExitsWith: .success) {
            let count = await onSmallStack { () -> Int in
                var held = [Tensor(2).requiringGradient()]
                for index in 0..<20_000 { held.append(held[index].affine(scale: -1, shift: 4)) }
                var released = 0
                while held.count > 10_000 {
                    held.removeLast()
                    released += 1
                }
                held.removeFirst(held.count - 1)
                return released
            }
            #expect(count == 10_001)
        }
    }

    /// `x, 4 - x, x, 4 - x, ...`
    static func chain(_ x: Tensor, _ length: Int) -> Tensor {
        var y = x
        for _ in 0..<length { y = y.affine(scale: -1, shift: 4) }
        return y
    }

    static func slopeOfChain(_ length: Int) -> Float? {
        let x = Tensor(2).requiringGradient()
        return chain(x, length).gradients()[x]?.scalar
    }
}
