#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

/// How often this process has asked for memory so far, on all threads.
unsigned long allocation_count(void);

#endif
