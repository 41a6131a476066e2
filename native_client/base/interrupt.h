// Lets the caller of a long computation end it before its time.
#ifndef DS_BASE_INTERRUPT_H_
#define DS_BASE_INTERRUPT_H_

namespace ds {

// What this thread is to ask while it computes: whether to stop. Null: nobody.
void SetInterrupt(int (*stop)(void* user), void* user) noexcept;

// Asks if 50 ms have passed since the last time; throws Error if the answer is yes. To be called
// between the steps of what may take long, while no lock is held.
void CheckInterrupt();

}  // namespace ds
#endif  // DS_BASE_INTERRUPT_H_
