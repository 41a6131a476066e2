"""What Deep Speech is made with: one idea a file; imports point down (doc/ names the order)."""
