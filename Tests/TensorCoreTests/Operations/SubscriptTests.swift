import TensorCore
import TestSupport
import Testing

/// Slicing by subscript, compound assignment and nested literals.
@Suite struct SubscriptTests {
    private let x = Tensor((0..<24).map { Float($0) }, shape: [2, 3, 4])

    @Test func rangesKeepTheirAxis() {
        let part = x[.all, 1..<3, 2...]
        #expect(part.shape == [2, 2, 2])
        #expect(part.scalars == [6, 7, 10, 11, 18, 19, 22, 23])
        #expect(x[...0, ..<2, 1...2].scalars == [1, 2, 5, 6])
    }

    @Test func positionsDropTheirAxis() {
        #expect(x[1].shape == [3, 4])
        #expect(x[1, 2, 3].shape == [])
        #expect(x[1, 2, 3].scalar == 23)
        #expect(x[.all, -1].scalars == x.sliced(axis: 1, from: 2, count: 1).scalars)
    }

    @Test func restStandsForTheAxesInBetween() {
        #expect(x[.rest, 0].scalars == [0, 4, 8, 12, 16, 20])
        #expect(x[0, .rest, 1..<2].shape == [3, 1])
        #expect(x[.rest].scalars == x.scalars)
        #expect(x[1, 0, 2, .rest].scalar == 14)
    }

    @Test func rangesMayBeEmpty() {
        #expect(x[.all, 3...].shape == [2, 0, 4])
        #expect(x[2..<2].scalars.isEmpty)
    }

    @Test(arguments: Device.tested)
    func gradientsReturnToTheirPlace(_ tested: Device) {
        Devices.using(tested) {
            let leaf = Tensor((0..<12).map { Float($0) }, shape: [3, 4]).requiringGradient()
            let (_, gradients) = valueAndGradient { (leaf[1, 1..<3] * 2 + leaf[2, 1..<3] * 3).sum() }
            #expect(gradients[leaf]?.scalars == [0, 0, 0, 0, 0, 2, 2, 0, 0, 3, 3, 0])
        }
    }

    @Test func compoundAssignmentIsArithmetic() {
        var y = Tensor([1, 2, 3])
        let before = y
        y += Tensor([10, 20, 30])
        y -= 1
        y *= Tensor([2])
        y /= 4
        #expect(y.scalars == [5, 10.5, 16])
        y *= 2
        y -= Tensor([1, 1, 1])
        y += 1
        y /= Tensor([2, 3, 4])
        #expect(y.scalars == [5, 7, 8])
        #expect(before.scalars == [1, 2, 3])
    }

    @Test func literalsNest() {
        #expect(Tensor([1, 2, 3]).shape == [3])
        #expect(Tensor([[1, 2], [3, 4], [5, 6]]).shape == [3, 2])
        #expect(Tensor([[1, 2], [3, 4]]).dtype == .float32)
        #expect(Tensor([[[1, 2]], [[3, 4]]]).shape == [2, 1, 2])
        #expect(Tensor([[[1, 2]], [[3, 4]]]).scalars == [1, 2, 3, 4])
    }
}
