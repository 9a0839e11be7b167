int firmware_main(void);
int firmware_main(void)
{
    return 0;
}
