import Engine
import Platform

/// The loop's side of the bell that ends a wait: there is nothing to do but to silence it.
final class LoopBell: EventReceiver {
    private let bell: Bell

    init(_ bell: Bell) {
        self.bell = bell
    }

    func ready(_ events: Interest) {
        bell.silence()
    }
}
